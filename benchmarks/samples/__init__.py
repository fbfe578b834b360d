"""Draws the documents in demo/samples and writes down what they say and where.

    python -m pip install "reportlab>=5,<6" "fonttools>=4.60,<5"
    python -m benchmarks.samples            # writes demo/samples
    python -m benchmarks.samples --check    # compares a fresh run with what is there

Everything in them is invented. The text is set in Noto Sans CJK and Noto Serif CJK (SIL Open Font License,
which lets a document carry the glyphs it uses), from Debian's fonts-noto-cjk. A run gives the same bytes
each time as long as the fonts and libraries stay the same.
"""
