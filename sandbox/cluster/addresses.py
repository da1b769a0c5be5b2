"""The addresses of a sandbox; all exist only inside its network namespace.

Two sandboxes use the same ones: no packet leaves either namespace.
"""

NODE = "10.200.0.1"
"""The API server and the real node; the API server refuses loopback as its own address."""

NODE_PREFIX = 24
API_PORT = 6443
API = f"https://{NODE}:{API_PORT}"
SERVICES = "10.201.0.0/16"
API_SERVICE = "10.201.0.1"
"""The first service address, which Kubernetes gives to its own API."""

PODS = "10.202.0.0/16"
FAKE_PODS = "10.203.0.1/16"
"""Addresses that kwok writes into the status of pods that do not run."""

ETCD = "http://127.0.0.1:2379"
