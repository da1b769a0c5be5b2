"""Judges from outside: other people's checks of objects, workflows and locks (`make judges`)."""
