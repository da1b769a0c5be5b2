"""Whether what a stack file names exists, fits and goes together."""
