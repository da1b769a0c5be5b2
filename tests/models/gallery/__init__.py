"""Real entries of LocalAI's gallery, as our model files say them, and how they were made."""
