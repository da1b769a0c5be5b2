"""How long things may take, in seconds, from bytes, so that slow is not taken for broken."""

# A slow office line of 80 Mbit/s; anything slower deserves to be noticed.
_SLOWEST_DOWNLOAD = 10_000_000
# Pulling and unpacking a GPU server image of up to 10 GB at the same rate.
_START = 1800
# A shared file system that several pods read at once.
_SLOWEST_COPY = 50_000_000
_SLACK = 600
# How often a starting server is asked, and how many refusals end it.
STARTUP_PERIOD = 5
STARTUP_FAILURES = 120


def download(size: int) -> int:
    """Return how long a Job may take to fetch `size` bytes, its own image and a node included."""
    return size // _SLOWEST_DOWNLOAD + _START + _SLACK


def startup() -> int:
    """Return how long a server may take to open its port once its container runs."""
    return STARTUP_PERIOD * STARTUP_FAILURES


def progress(copied: int = 0) -> int:
    """Return how long a Deployment may go without a pod ready that copies so many bytes first."""
    return _START + copied // _SLOWEST_COPY


def rollout(replicas: int, copied: int = 0) -> int:
    """Return how long the engine waits for a Deployment whose pods are replaced one by one."""
    return _START + (_SLACK + copied // _SLOWEST_COPY) * max(replicas, 1)
