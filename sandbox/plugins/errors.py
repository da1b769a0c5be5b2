"""The errors a plugin reports to the engine in words, without a traceback."""


class PluginError(Exception):
    """An operation failed for a stated reason; the message is meant for the user."""
