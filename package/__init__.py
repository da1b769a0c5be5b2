"""The wheel: all rooms of program and tool under one package, for repositories of stacks alone."""
