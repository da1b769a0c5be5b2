"""Effects, one small module each: Git, processes, files."""
