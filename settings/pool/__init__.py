"""What a stack file may say of one pool."""
