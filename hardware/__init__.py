"""GPU profiles, and what fits them: data and arithmetic only."""
