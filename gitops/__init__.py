"""The tool: what people and CI run over the declarations of the program."""
