"""What a change would do, in models and in objects."""
