"""A chat application over documents in the namespace of a stack: AnythingLLM."""
