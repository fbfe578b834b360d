"""VL Preflight's toolkit: documents to lossless pictures that a vision-language model can read.

Everything public is named in `__all__` and loads on first use, so that `import toolkit` stays instant.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "PreflightError": "errors",
    "DEFAULT_FAMILY": "families",
    "FAMILIES": "families",
    "Family": "families",
    "fit_long_side": "families",
    "fit_visual_tokens": "families",
    "get_family": "families",
    "processed_size": "families",
    "to_family": "families",
    "to_pixels": "families",
    "visual_tokens": "families",
    "Box": "geometry",
    "Placement": "geometry",
    "Size": "geometry",
    "intersection_over_union": "geometry",
    "Grid": "grid",
    "GridCell": "grid",
    "Merged": "grid",
    "merge_images": "grid",
    "plan_grid": "grid",
    "Cell": "manifest",
    "Failure": "manifest",
    "ImageRecord": "manifest",
    "Manifest": "manifest",
    "SourceRef": "manifest",
    "read_manifest": "manifest",
    "Place": "order",
    "plan_order": "order",
    "OrderFacts": "order_facts",
    "Recipe": "recipe",
    "plan_size": "resize",
    "resize_image": "resize",
    "Piece": "split",
    "plan_split": "split",
    "split_image": "split",
    "Catalogue": "texts",
    "Language": "texts",
    "Text": "texts",
    "preferred_language": "texts",
    "TextHeight": "text_height",
    "measure_text_height": "text_height",
    "height_from_pdf": "text_height",
    "Quality": "quality",
    "assess_quality": "quality",
    "smallest_readable_long_side": "readability",
    "VERSION": "version",
}

__all__ = [
    "DEFAULT_FAMILY",
    "FAMILIES",
    "VERSION",
    "Box",
    "Catalogue",
    "Cell",
    "Failure",
    "Family",
    "Grid",
    "GridCell",
    "ImageRecord",
    "Language",
    "Manifest",
    "Merged",
    "OrderFacts",
    "Piece",
    "Place",
    "Placement",
    "PreflightError",
    "Quality",
    "Recipe",
    "Size",
    "SourceRef",
    "Text",
    "TextHeight",
    "assess_quality",
    "fit_long_side",
    "fit_visual_tokens",
    "get_family",
    "height_from_pdf",
    "intersection_over_union",
    "measure_text_height",
    "merge_images",
    "plan_grid",
    "plan_order",
    "plan_size",
    "plan_split",
    "preferred_language",
    "processed_size",
    "read_manifest",
    "resize_image",
    "smallest_readable_long_side",
    "split_image",
    "to_family",
    "to_pixels",
    "visual_tokens",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    value = getattr(import_module(f"toolkit.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
