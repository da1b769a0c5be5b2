"""The group of verbs `export`: one function a verb, and what each does."""
