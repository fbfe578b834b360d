"""The package's own sentences: errors, wording of prompts, help; English and Chinese side by side."""

from pathlib import Path

from toolkit.texts import Catalogue

say = Catalogue(Path(__file__).with_name("sentences"))
"""Fill in a sentence of `prompts/sentences`: "formats.csv" is the table `[csv]` of formats.toml."""
