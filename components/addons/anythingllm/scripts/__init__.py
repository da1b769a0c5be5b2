"""What runs in the pods of the chat application, next to it."""
