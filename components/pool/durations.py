"""How long things may take, in seconds, from bytes, so that slow is not taken for broken."""

# A slow office line of 80 Mbit/s; anything slower deserves to be noticed.
_SLOWEST_DOWNLOAD = 10_000_000
# Pulling and unpacking a GPU server image of up to 10 GB at the same rate.
_START = 1800
# A shared file system that several pods read at once, to copy weights or to load them.
_SLOWEST_READ = 50_000_000
_SLACK = 600
# How often a starting server is asked: where only one pod has room, each second is one without.
STARTUP_PERIOD = 1


def download(size: int) -> int:
    """Return how long a Job may take to fetch `size` bytes, its own image and a node included."""
    return size // _SLOWEST_DOWNLOAD + _START + _SLACK


def reading(size: int) -> int:
    """Return how long it may take to load so many bytes of weights."""
    return size // _SLOWEST_READ


def startup(loaded: int = 0) -> int:
    """Return how long a server may take to open its port, which loads so many bytes first."""
    return _SLACK - -loaded // _SLOWEST_READ


def progress(read: int = 0, ending: int = 0) -> int:
    """Return how long a Deployment may go without a pod ready, in which nothing is wrong.

    `read` are the bytes that a new pod copies and loads; `ending` is how long it may wait for the
    end of the old one, where there is no room for both.
    """
    return _START + reading(read) + ending


def rollout(replicas: int, read: int = 0, ending: int = 0) -> int:
    """Return how long the engine waits for a Deployment whose pods are replaced one by one."""
    return _START + (_SLACK + reading(read) + ending) * max(replicas, 1)
