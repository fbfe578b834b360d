"""VL Preflight's prompts: task, region and format to messages, and the check of what comes back.

Everything public is named in `__all__` and loads on first use, so that `import prompts` stays instant.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "build_prompt": "build",
    "find_template": "build",
    "refusal": "combinations",
    "diff_templates": "differ",
    "CombinationError": "errors",
    "InputError": "errors",
    "PromptError": "errors",
    "TemplateError": "errors",
    "UnknownNameError": "errors",
    "Server": "exports",
    "TARGETS": "exports",
    "export": "exports",
    "FORMATS": "formats",
    "Field": "formats",
    "Format": "formats",
    "GridPart": "images",
    "ImageRef": "images",
    "images_from_manifest": "images",
    "Broken": "library",
    "Library": "library",
    "list_templates": "library",
    "load_template": "library",
    "read_library": "library",
    "Limit": "limits",
    "Finding": "lint_rules",
    "lint": "linting",
    "repair_prompt": "mending",
    "Prompt": "prompt",
    "AREAS": "regions",
    "Region": "regions",
    "Route": "router",
    "route": "router",
    "json_schema": "schemas",
    "record_schema": "schemas",
    "Step": "steps",
    "plan_steps": "steps",
    "TASKS": "tasks",
    "Task": "tasks",
    "get_task": "tasks",
    "Template": "template_file",
    "Found": "validation",
    "Validation": "validation",
    "validate": "validation",
    "Value": "values",
    "find_values": "values",
}

__all__ = [
    "AREAS",
    "FORMATS",
    "TARGETS",
    "TASKS",
    "Broken",
    "CombinationError",
    "Field",
    "Finding",
    "Format",
    "Found",
    "GridPart",
    "ImageRef",
    "InputError",
    "Library",
    "Limit",
    "Prompt",
    "PromptError",
    "Region",
    "Route",
    "Server",
    "Step",
    "Task",
    "Template",
    "TemplateError",
    "UnknownNameError",
    "Validation",
    "Value",
    "build_prompt",
    "diff_templates",
    "export",
    "find_template",
    "find_values",
    "get_task",
    "images_from_manifest",
    "json_schema",
    "lint",
    "list_templates",
    "load_template",
    "plan_steps",
    "read_library",
    "record_schema",
    "refusal",
    "repair_prompt",
    "route",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'prompts' has no attribute {name!r}")
    value = getattr(import_module(f"prompts.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
