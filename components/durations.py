"""How long things may take, in seconds, from bytes, so that slow is not taken for broken."""

# A slow office line of 80 Mbit/s; anything slower deserves to be noticed.
_SLOWEST_DOWNLOAD = 10_000_000
# Pulling and unpacking a GPU server image of up to 10 GB at the same rate.
_START = 1800
_SLACK = 600


def download(size: int) -> int:
    """Return how long a Job may take to fetch `size` bytes, its own image and a node included."""
    return size // _SLOWEST_DOWNLOAD + _START + _SLACK


def progress() -> int:
    """Return how long a Deployment may go without a pod becoming ready."""
    return _START


def rollout(replicas: int) -> int:
    """Return how long the engine waits for a Deployment whose pods are replaced one by one."""
    return progress() + _SLACK * max(replicas, 1)
