"""Which GPUs of a server each pool gets: Compose counts none, so each device is named once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops.export.environment import Number
from gitops.export.left_out import LeftOut
from gitops.export.service import Found, Pod
from hardware import amd, nvidia

Values = Mapping[str, Any]

_REPLICAS = "nvidia.com/gpu.replicas"
_SLICE = re.compile(r"nvidia\.com/mig-")
_ALL = "it sees every GPU of the server: set its devices yourself if others use them too"


def variable(service: str, word: str) -> str:
    """Return the variable by which a person sets something of one service."""
    return f"{service.upper().replace('-', '_')}_{word}"


@dataclass(kw_only=True)
class Gpus:
    """The GPUs of one server, given out in the order of pools; `variables` may name others."""

    taken: int = 0
    # By how many share a GPU: its number, and how many more it takes.
    shared: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])
    variables: dict[str, Number] = field(default_factory=dict[str, Number])

    def given(self, pod: Pod, container: Values, found: Found, claims: Values) -> dict[str, Any]:
        """Return what a service says of its GPUs; nothing where its container takes none."""
        for resource, amount in _amounts(pod, container, claims).items():
            if resource.startswith("nvidia.com/"):
                return self._nvidia(pod, resource, int(amount))
            found.left_out.append(LeftOut(what=f"number of GPUs of {pod.name}", why=_ALL))
            kernel = ["/dev/kfd"] if resource == amd.RESOURCE else []
            return {"devices": [*kernel, "/dev/dri"], "group_add": ["video", "render"]}
        return {}

    def _nvidia(self, pod: Pod, resource: str, amount: int) -> dict[str, Any]:
        names = [variable(pod.name, f"GPU_{index}") for index in range(amount)]
        if _SLICE.match(resource):
            self.variables.update(dict.fromkeys(names, Number(number=None)))
            wanted = [f"${{{name}:?a MIG device of nvidia-smi -L}}" for name in names]
        else:
            share = int(pod.spec.get("nodeSelector", {}).get(_REPLICAS, 1))
            numbers = self._numbers(amount, share)
            for name, number in self._pairs(names, numbers):
                self.variables[name] = Number(number=number, share=share)
            wanted = [f"${{{name}:-{number}}}" for name, number in self._pairs(names, numbers)]
        device = {"driver": "nvidia", "device_ids": wanted, "capabilities": ["gpu"]}
        return {"deploy": {"resources": {"reservations": {"devices": [device]}}}}

    @property
    def steps(self) -> list[str]:
        """Return the GPUs that are counted, and how many services may share each."""
        known = self.variables.items()
        return [f"gpu {name} {one.text} {one.share}" for name, one in known if one.text]

    @staticmethod
    def _pairs(names: list[str], numbers: list[int]) -> list[tuple[str, int]]:
        return list(zip(names, numbers, strict=True))

    def _numbers(self, amount: int, share: int) -> list[int]:
        """Return the numbers of GPUs; of one that is shared, as long as it has room."""
        if share == 1:
            self.taken += amount
            return list(range(self.taken - amount, self.taken))
        number, room = self.shared.get(share, (0, 0))
        if not room:
            number, room = self.taken, share
            self.taken += 1
        self.shared[share] = number, room - 1
        return [number] * amount


def _amounts(pod: Pod, container: Values, claims: Values) -> dict[str, str]:
    """Return the extended resources of a container, counted or claimed from a driver."""
    resources = container.get("resources", {})
    counted = {name: one for name, one in resources.get("limits", {}).items() if "/" in name}
    if counted or not resources.get("claims"):
        return counted
    for claim in pod.spec.get("resourceClaims", ()):
        for one in claims[claim["resourceClaimTemplateName"]]["spec"]["spec"]["devices"][
            "requests"
        ]:
            exactly = one["exactly"]
            vendor = exactly["deviceClassName"]
            name = amd.RESOURCE if vendor.startswith("gpu.amd") else nvidia.RESOURCE
            return {name: str(exactly.get("count", 1))}
    return {}
