"""The engine called "openai": any OpenAI-compatible server, through the official client."""
