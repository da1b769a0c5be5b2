"""A chat over the models of a stack, in a browser."""
