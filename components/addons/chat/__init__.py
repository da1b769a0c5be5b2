"""A chat in the browser over the models of a stack."""
