"""The embedded reader: character recognition, not a language model. It says what stands on the page, and where."""
