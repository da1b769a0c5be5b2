"""GPU profiles that a team declares, in addition to the built-in ones: one file each in `gpus/`."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from documents.names import DeviceClass, Label, LabelKey, LabelValue, Size
from documents.problem import Problem, RefusedError
from documents.quantity import whole_bytes
from documents.reader import Document, read_file
from documents.validation import Moved, Strict, form, read
from hardware.profile import Effect, GpuProfile, Price, Toleration
from hardware.profiles import PROFILES
from localai.release import Accelerator

FOLDER = "gpus"

Resource = Annotated[
    str,
    form(
        r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
        "nvidia.com/gpu",
        max_length=253,
    ),
]
Images = Literal["cuda-12", "cuda-13", "rocm", "intel", "vulkan", "l4t", "l4t-cuda-13"]


class _Keys(Strict):
    """Keys of a profile: camelCase, as in a stack file."""

    model_config = ConfigDict(alias_generator=to_camel)


class TaintKeys(_Keys):
    """A taint of the nodes, whatever its value."""

    key: LabelKey = Field(description="Key of the taint.")
    effect: Effect = Field(
        default=Effect.NO_SCHEDULE, strict=False, description="Effect of the taint."
    )


class PriceKeys(_Keys):
    """What a GPU costs, for plans and budgets."""

    dollars_per_hour: Annotated[str, form(r"^[0-9]{1,4}(\.[0-9]{1,4})?$", "0.526")] = Field(
        description='US dollars of one GPU an hour, in quotes, such as "0.526".'
    )
    source: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Where and when it was listed, or how it was computed."
    )


class GpuKeys(_Keys):
    """One kind of GPU node of a team, which pools name as their `gpu`."""

    moved: ClassVar[Moved] = {
        "nodeLabels": ("is not a known key", "write it as `nodeSelector`"),
        "tolerations": ("is not a known key", "name the taints that nodes have, under `taints`"),
    }
    name: Label = Field(description="The name of the file, without `.yaml`; not a built-in one.")
    images: Images = Field(
        description="Which images of LocalAI and its engines the GPU runs.",
    )
    resource: Resource = Field(description="What a device plugin offers, and containers ask for.")
    memory: Size | None = Field(
        default=None, description="Memory of one GPU; each pool says its own if absent."
    )
    node_selector: dict[LabelKey, LabelValue] = Field(
        default_factory=dict[str, str], description="Labels of the nodes that have such GPUs."
    )
    taints: Annotated[tuple[TaintKeys, ...], Field(max_length=20, strict=False)] | None = Field(
        default=None,
        description="Taints of the nodes; one named as the resource if absent.",
    )
    runtime_class: Label | None = Field(default=None, description="RuntimeClass of the pods.")
    device_class: DeviceClass | None = Field(
        default=None, description="DeviceClass of the DRA driver, for pools with `gpuClaim`."
    )
    slice: bool = Field(
        default=False, description="It is a part of a GPU, such as a MIG slice; a pod takes one."
    )
    price: PriceKeys | None = Field(default=None, description="List price of one GPU.")

    def profile(self) -> GpuProfile:
        """Return the profile that the keys describe."""
        taints = (TaintKeys(key=self.resource),) if self.taints is None else self.taints
        return GpuProfile(
            name=self.name,
            accelerator=Accelerator(self.images),
            resource=self.resource,
            memory=whole_bytes(self.memory) if self.memory else None,
            node_selector=self.node_selector,
            tolerations=tuple(Toleration(key=one.key, effect=one.effect) for one in taints),
            runtime_class=self.runtime_class,
            device_class=self.device_class,
            slice=self.slice,
            price=Price(
                dollars_per_hour=Decimal(self.price.dollars_per_hour), source=self.price.source
            ) if self.price else None,
            source=f"{FOLDER}/{self.name}.yaml",
        )  # fmt: skip


def read_profiles(root: Path) -> Mapping[str, GpuProfile]:
    """Return every GPU profile by name: the built-in ones, and those in `gpus/` below a folder.

    Raises:
        RefusedError: a file is not a valid profile, or takes the name of a built-in one.
    """
    found: dict[str, GpuProfile] = {}
    problems: list[Problem] = []
    for path in sorted((root / FOLDER).glob("*.yaml")):
        try:
            profile = _profile(read_file(root, f"{FOLDER}/{path.name}"), path.stem)
        except RefusedError as error:
            problems += error.problems
        else:
            found[profile.name] = profile
    if problems:
        raise RefusedError(problems)
    return {**PROFILES, **found}


def _profile(document: Document, stem: str) -> GpuProfile:
    keys, found = read(GpuKeys, document.value)
    if keys is None or found:
        raise RefusedError(map(document.placed, found))
    if keys.name != stem:
        cause, cure = f"is {keys.name!r}, but the file is {stem}.yaml", "give both one name"
        raise RefusedError([document.problem(("name",), cause, cure)])
    if keys.name in PROFILES:
        cause = f"{keys.name} is a built-in profile, which no file changes"
        cure = "give this file and its `name` another one, such as a prefix of your own"
        raise RefusedError([document.problem(("name",), cause, cure)])
    return keys.profile()
