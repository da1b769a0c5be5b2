"""AnythingLLM as it is declared: its containers on this machine, and its pods in a cluster."""
