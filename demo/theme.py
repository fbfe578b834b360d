"""The look: one calm theme for light and dark, with fonts that every system has."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from demo.words import say

STATIC = Path(__file__).with_name("static")
STYLES = ("page", "documents", "order", "prompt", "ask")
"""Style sheets of the page, in their order: what all steps share, then each step's own."""
SCRIPTS = ("page", "documents", "ask")
"""Scripts of the page, in their order. Those of single components are given to them (`action_html`)."""

FONTS = (
    "system-ui", "-apple-system", "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei",
    "Noto Sans CJK SC", "Noto Sans SC", "sans-serif",
)  # fmt: skip
"""No web fonts: the page loads nothing from elsewhere, and Chinese looks as it does on the system."""
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono CJK SC", "monospace")


@cache
def theme() -> Any:
    """Make the Gradio theme. Colours come from static/page.css, so that both stay in step."""
    import gradio as gr

    base = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=list(FONTS),
        font_mono=list(MONO),
    )
    return base.set(**_both(_COLOURS), **_SIZES)


_COLOURS = {
    "body_background_fill": "var(--vp-ground)",
    "body_text_color": "var(--vp-ink)",
    "body_text_color_subdued": "var(--vp-muted)",
    "background_fill_primary": "var(--vp-surface)",
    "background_fill_secondary": "var(--vp-sunken)",
    "block_background_fill": "var(--vp-surface)",
    "block_border_color": "var(--vp-line)",
    "block_title_text_color": "var(--vp-ink)",
    "block_label_text_color": "var(--vp-muted)",
    "block_label_background_fill": "var(--vp-surface)",
    "block_info_text_color": "var(--vp-muted)",
    "border_color_primary": "var(--vp-line)",
    "border_color_accent": "var(--vp-accent)",
    "color_accent_soft": "var(--vp-accent-soft)",
    "panel_background_fill": "var(--vp-surface)",
    "input_background_fill": "var(--vp-sunken)",
    "input_background_fill_focus": "var(--vp-surface)",
    "input_border_color": "var(--vp-line)",
    "input_border_color_focus": "var(--vp-accent)",
    "input_placeholder_color": "var(--vp-faint)",
    "button_primary_background_fill": "var(--vp-accent)",
    "button_primary_background_fill_hover": "var(--vp-accent-strong)",
    "button_primary_text_color": "var(--vp-on-accent)",
    "button_primary_border_color": "transparent",
    "button_secondary_background_fill": "var(--vp-surface)",
    "button_secondary_background_fill_hover": "var(--vp-sunken)",
    "button_secondary_text_color": "var(--vp-ink)",
    "button_secondary_border_color": "var(--vp-line-strong)",
    "checkbox_label_background_fill": "var(--vp-surface)",
    "checkbox_label_background_fill_hover": "var(--vp-sunken)",
    "checkbox_label_background_fill_selected": "var(--vp-accent-soft)",
    "checkbox_label_border_color": "var(--vp-line)",
    "checkbox_label_border_color_selected": "var(--vp-accent)",
    "checkbox_label_text_color": "var(--vp-ink)",
    "checkbox_label_text_color_selected": "var(--vp-ink)",
    "checkbox_background_color": "var(--vp-surface)",
    "checkbox_background_color_selected": "var(--vp-accent)",
    "checkbox_border_color": "var(--vp-line-strong)",
    "checkbox_border_color_selected": "var(--vp-accent)",
    "link_text_color": "var(--vp-accent-text)",
    "slider_color": "var(--vp-accent)",
    "loader_color": "var(--vp-accent)",
    "table_even_background_fill": "var(--vp-surface)",
    "table_odd_background_fill": "var(--vp-sunken)",
    "accordion_text_color": "var(--vp-ink)",
}
_SIZES = {
    "block_border_width": "0px",
    "block_border_width_dark": "0px",
    "block_shadow": "none",
    "block_label_text_size": "0.875rem",
    "block_title_text_size": "0.9rem",
    "block_title_text_weight": "600",
    "block_padding": "0px",
    "button_large_padding": "0.7rem 1.1rem",
    "button_large_text_size": "1rem",
    "button_large_text_weight": "600",
    "button_medium_text_weight": "500",
    "button_border_width": "1px",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "checkbox_label_shadow": "none",
    "checkbox_label_border_width": "1px",
    "checkbox_label_padding": "0.5rem 0.75rem",
    "input_border_width": "1px",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 3px var(--vp-accent-soft)",
    "layout_gap": "1rem",
    "form_gap_width": "0px",
    "panel_border_width": "0px",
}


def _both(colours: dict[str, str]) -> dict[str, str]:
    return colours | {f"{name}_dark": value for name, value in colours.items()}


def head(max_bytes: int) -> str:
    """Give what stands first in the page's head: the look, and the script that settles the language.

    Both come before anything of Gradio's, so that the page neither flickers nor speaks two languages.
    `max_bytes` is the largest upload, which the script names before it travels.
    """
    style = "\n".join((STATIC / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)
    script = "\n".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    words = say("messages.uploads.too_large", names="{names}", limit=max_bytes / 10**6)
    limits = json.dumps({"bytes": max_bytes, "words": {"en": words.en, "zh": words.zh}})
    return f"<style>{style}</style><script>window.vlLimits = {limits};</script><script>{script}</script>"
