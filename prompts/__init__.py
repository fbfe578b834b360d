"""VL Preflight's prompts: task, region and format to messages, and the check of what comes back.

Everything public is named in `__all__` and loads on first use, so that `import prompts` stays instant.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "build_prompt": "build",
    "find_template": "build",
    "refusal": "combinations",
    "CombinationError": "errors",
    "InputError": "errors",
    "PromptError": "errors",
    "TemplateError": "errors",
    "UnknownNameError": "errors",
    "FORMATS": "formats",
    "Field": "formats",
    "Format": "formats",
    "ImageRef": "images",
    "images_from_manifest": "images",
    "list_templates": "library",
    "load_template": "library",
    "read_library": "library",
    "Prompt": "prompt",
    "AREAS": "regions",
    "Region": "regions",
    "json_schema": "schemas",
    "TASKS": "tasks",
    "Task": "tasks",
    "get_task": "tasks",
    "Template": "template_file",
    "Validation": "validation",
    "validate": "validation",
}

__all__ = [
    "AREAS",
    "FORMATS",
    "TASKS",
    "CombinationError",
    "Field",
    "Format",
    "ImageRef",
    "InputError",
    "Prompt",
    "PromptError",
    "Region",
    "Task",
    "Template",
    "TemplateError",
    "UnknownNameError",
    "Validation",
    "build_prompt",
    "find_template",
    "get_task",
    "images_from_manifest",
    "json_schema",
    "list_templates",
    "load_template",
    "read_library",
    "refusal",
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
