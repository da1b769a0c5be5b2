"""What a stack file may say of the stack as a whole."""
