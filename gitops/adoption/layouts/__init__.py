"""Files in which people declared models before: each form is read into what `adopt` reads."""
