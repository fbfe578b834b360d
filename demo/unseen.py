"""Components that nobody sees: they hand the arguments of an endpoint on as they came, and describe them.

Gradio's own components refuse some values before an endpoint sees them, in English only, and turn others into
text. What is wrong with an argument is for the endpoint to say, by name.
"""

from typing import Any

import gradio as gr
from gradio.data_classes import ListFiles
from gradio_client.utils import is_file_obj_with_meta

from demo.arguments import Argument, ArgumentError, kind_of
from demo.tool_words import argument as described

# Changed one by one: for a class of its own, Gradio would write a file beside its source.


def given(argument: Argument) -> Any:
    """Make the component of one argument."""
    component = gr.JSON(label=argument.name)
    component.value = argument.default
    component.api_info = lambda: {**argument.schema, "additional_description": described(argument.name)}
    component.example_value = component.example_payload = lambda: argument.default
    return component


def given_files() -> Any:
    """Make the component of uploaded files. Gradio sees to it that each `path` is an upload of its own."""
    component = gr.File(file_count="multiple", label="files")
    component.data_model = None
    component.preprocess = _as_it_came
    component.api_info = lambda: (
        ListFiles.model_json_schema() | {"additional_description": described("files")}
    )
    return component


def _as_it_came(payload: Any) -> Any:
    return payload


def paths_of(given: Any) -> list[str]:
    """Give the places of uploaded files, of one or of several. Raises ArgumentError for anything else."""
    if given is None:
        return []
    entries = [given] if is_file_obj_with_meta(given) else given
    if not isinstance(entries, list):
        raise ArgumentError("files.kind", given=kind_of(given))
    for number, entry in enumerate(entries, 1):
        if not is_file_obj_with_meta(entry):
            raise ArgumentError("files.entry", number=number)
    return [entry["path"] for entry in entries]
