"""Models small enough to be made on the spot, for servers that must really answer."""
