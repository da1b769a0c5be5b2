"""What a YAML file says, and where it says it: strict reading, and problems with file and line."""
