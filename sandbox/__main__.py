"""`python -m sandbox`: the sandbox verbs on their own."""

from sandbox.cli import app

app(prog_name="sandbox")
