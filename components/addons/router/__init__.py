"""One OpenAI-compatible address in front of every pool of a stack."""
