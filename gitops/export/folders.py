"""The service that makes the folders of the others: a pod's kubelet does that in a cluster."""

from collections.abc import Iterable
from typing import Any

from gitops.export.service import DATA, Folder

# Each folder above one belongs to its user, too, who has to get through.
_MAKE = """umask 027
own() { mkdir -p "$$2"; chown "$$1:$$1" "$$2"; chmod 2750 "$$2"; }
"""


def folders(image: str, found: Iterable[Folder]) -> dict[str, Any]:
    """Return the service that makes folders with their owners, and empties those for scratch."""
    owners: dict[str, int] = {}
    for one in sorted(found, key=lambda one: one.path):
        words = one.path.split("/")
        owners |= {"/".join(words[:end]): one.owner for end in range(1, len(words) + 1)}
    emptied = sorted(one.path for one in found if one.scratch)
    lines = [f"rm -rf /data/{path}\n" for path in emptied]
    lines += [f"own {owner} /data/{path}\n" for path, owner in sorted(owners.items())]
    return {
        "image": image,
        "entrypoint": ["/bin/sh", "-ec"],
        "command": ["".join([_MAKE, *lines])],
        "user": "0:0",
        "network_mode": "none",
        "volumes": [{"type": "bind", "source": DATA, "target": "/data"}],
        "read_only": True,
        "cap_drop": ["ALL"],
        "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        "security_opt": ["no-new-privileges:true"],
        "restart": "no",
    }
