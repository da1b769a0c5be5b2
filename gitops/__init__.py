"""The tool: what people and CI run over the declarations of the program."""

# The one place that says it: `--version`, the wheel, and what a plan says of an upgrade.
VERSION = "0.1.0"
