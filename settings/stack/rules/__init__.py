"""What the keys of a stack may not say together: rules above the classes that hold them."""
