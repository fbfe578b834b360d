"""The embedded reader: character recognition, not a language model. It copies out what stands on a page."""
