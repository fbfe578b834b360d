"""The web page: documents in, checked answers out. Gradio is imported by `demo.app` alone."""
