"""What may not be merged."""
