"""What people write with the tool's help: model files, stack files, and a repository to start."""
