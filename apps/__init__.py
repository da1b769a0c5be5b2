"""Small applications of their own that run in containers; nothing else here imports them."""
