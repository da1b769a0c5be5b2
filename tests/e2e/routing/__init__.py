"""A real LiteLLM in front of stand-ins for LocalAI, all of it on the loopback of this machine."""
