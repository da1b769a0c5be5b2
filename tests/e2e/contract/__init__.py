"""What the contract tests of the stand-in plugins are written with."""
