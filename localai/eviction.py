"""When a LocalAI server evicts a model before it loads one, and what it loads before it answers.

Before each load it evicts, as long as models that are registered (those that load included),
loads under way and one more are above the limit. So a model that loads counts twice. Run at v4.9.0
with one and two models; v4.8.2 has the same code (read).
"""

LIMIT = "LOCALAI_MAX_ACTIVE_BACKENDS"
# Names by commas. They load one after the other, and only then the listener opens.
PRELOAD = "LOCALAI_LOAD_TO_MEMORY"
# A model that answers is not evicted: once a second this often, then the new one loads anyway.
RETRIES = "LOCALAI_LRU_EVICTION_MAX_RETRIES"


def roomy(models: int) -> int:
    """Return the lowest limit at which so many models, all asked for at once, evict none."""
    return 2 * models + 1


def preloads(limit: int) -> bool:
    """Return whether a server with a limit reads PRELOAD: at exactly 1 it does not.

    1 is the old mode of a single backend.
    """
    return limit != 1
