"""Moves a release from one stack to the next: gates, evidence, a pull request."""
