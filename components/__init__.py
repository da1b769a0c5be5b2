"""What a stack is made of: one file a component, pure functions first, the resource at the end."""
