"""What a running LocalAI would be as a stack: read, mapped key by key, and never guessed."""
