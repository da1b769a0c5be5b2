"""One file a LocalAI version; each holds `SERVER`, and adding a version is adding a file."""
