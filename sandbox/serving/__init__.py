"""A stack that really serves on a sandbox: a tiny model, its source, its images and its volume."""
