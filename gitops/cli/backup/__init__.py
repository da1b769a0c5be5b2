"""Backups of what add-ons keep: list, take, restore."""
