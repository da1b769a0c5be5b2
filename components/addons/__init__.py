"""What a stack can do without: each folder can be deleted whole, and knows none of the others."""
