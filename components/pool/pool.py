"""A pool with everything it names looked up: GPU profile, models, sizes."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from components.parts.context import Context
from components.parts.labels import bounded
from documents.quantity import whole_bytes
from hardware.fit import TIGHT, Cache, Fit, Load, cache_bytes, fit, needed_bytes, split_fit
from hardware.profile import GIB, GpuProfile
from localai.release import Accelerator
from models.definition import Definition
from models.weights import Weights
from settings.pool.pool import PoolSettings
from settings.pool.storage import Access

# The server itself, measured as a few hundred MiB idle, with room for requests.
SERVER_MEMORY = 2 * GIB
_CENT_OF_A_CENT = Decimal("0.0001")


# Equal to itself alone, so that what is made of a pool can be kept with it.
@dataclass(frozen=True, kw_only=True, eq=False)
class Pool:
    """One pool of a stack."""

    context: Context
    name: str
    settings: PoolSettings
    profile: GpuProfile | None
    models: tuple[Definition, ...]
    # The pool whose claim it reads, and on that pool those that read along.
    lender: "Pool | None" = None
    guests: tuple["Pool", ...] = ()

    @property
    def object_name(self) -> str:
        """Return the name of its Deployment and Service, and the start of every other name."""
        return f"localai-{self.name}"

    @property
    def component(self) -> str:
        """Return the logical name of its servers, and the start of those of its other parts."""
        return f"pool-{self.name}"

    def price(self, pods: int) -> Decimal | None:
        """Return the list price of the GPUs of so many pods, in US dollars an hour, if known."""
        if not self.profile or not self.profile.price:
            return None
        share = self.settings.gpu_share
        whole = self.profile.price.dollars_per_hour * self.gpus * pods
        return (whole / share.of).quantize(_CENT_OF_A_CENT) if share else whole

    @cached_property
    def claim(self) -> str:
        """Return the name of the claim that holds its weights and engines.

        What cannot be changed in place is part of the name: another class is another claim. It is
        empty where everything comes as images.
        """
        storage = self.settings.storage
        if self.lender:
            return self.lender.claim
        if storage.images:
            return ""
        if storage.existing:
            return storage.existing
        fixed = ["rwx"] if storage.access is Access.MANY_NODES else []
        fixed += [storage.storage_class] if storage.storage_class else []
        return bounded("-".join([self.object_name, "storage", *fixed]))

    @property
    def gpus(self) -> int:
        """Return how many GPUs one pod takes."""
        return self.settings.gpus_each

    @property
    def gpu_memory(self) -> int:
        """Return the bytes one GPU, slice or share gives a pod; 0 without a profile."""
        declared = self.settings.gpu_memory
        known = self.profile.memory if self.profile else None
        whole = whole_bytes(declared) if declared else known or 0
        return whole // (self.settings.gpu_share.of if self.settings.gpu_share else 1)

    @property
    def accelerator(self) -> Accelerator:
        """Return what its engines are built for."""
        return self.profile.accelerator if self.profile else Accelerator.CPU

    @property
    def engines(self) -> tuple[str, ...]:
        """Return the engines its models need, sorted."""
        return tuple(sorted({model.backend for model in self.models}))

    @cached_property
    def files(self) -> tuple[Weights, ...]:
        """Return the files its models need, each once, in the order of their paths."""
        files = {file.path: file for model in self.models for file in model.files}
        return tuple(files[path] for path in sorted(files))

    @cached_property
    def claim_files(self) -> tuple[Weights, ...]:
        """Return those of its files that lie on the claim."""
        return tuple(file for file in self.files if file.image is None)

    @cached_property
    def image_files(self) -> tuple[Weights, ...]:
        """Return those of its files that lie in images."""
        return tuple(file for file in self.files if file.image)

    @property
    def copies(self) -> bool:
        """Return whether each of its pods copies weights from the claim, where some lie on it."""
        return self.settings.storage.cache is not None and bool(self.claim_files)

    @property
    def copied_bytes(self) -> int:
        """Return how many bytes of weights each of its pods copies before it serves."""
        return sum(file.size.bytes for file in self.claim_files) if self.copies else 0

    @property
    def one_node(self) -> bool:
        """Return whether only one node at a time can hold its claim."""
        owner = self.lender or self
        return owner.settings.storage.access is Access.ONE_NODE

    @property
    def active(self) -> int:
        """Return how many models may be in memory at once."""
        return self.settings.active or len(self.models)

    @cached_property
    def loads(self) -> tuple[Load, ...]:
        """Return what each model takes in memory."""
        return tuple(load(model) for model in self.models)

    @cached_property
    def fit(self) -> Fit:
        """Return whether its active models fit its GPUs, or its pod's memory."""
        split = self.settings.tensor_split
        if split:
            available = self.gpu_memory
            return split_fit(self.loads, active=self.active, available=available, ratios=split)
        return fit(self.loads, active=self.active, available=self._available)

    @cached_property
    def memory(self) -> int:
        """Return the bytes of memory of one pod: as declared, or computed from its models.

        On a GPU the weights pass through the page cache once: the largest model's worth of it.
        """
        if self.settings.memory:
            return whole_bytes(self.settings.memory)
        if self.profile:
            needed = max(load.weights for load in self.loads)
        else:
            # With less room than that the verdict is tight.
            needed = int(needed_bytes(self.loads, self.active) / TIGHT)
        return -(-(needed + SERVER_MEMORY) // GIB) * GIB

    @property
    def _available(self) -> int:
        if self.profile:
            return self.gpu_memory * self.gpus
        return max(self.memory - SERVER_MEMORY, 1)


def load(model: Definition) -> Load:
    """Return what a model takes in memory once it is loaded."""
    figures = cache(model)
    return Load(
        name=model.name,
        weights=sum(file.size.bytes for file in model.files),
        cache=cache_bytes(figures) if figures else 0,
        exact=all(file.size.exact for file in model.files),
    )


def cache(model: Definition) -> Cache | None:
    """Return what decides the key/value cache of a model; None where it has none, or none known."""
    if not model.architecture or not model.context_size or not model.slots:
        return None
    figures = model.architecture
    return Cache(
        layers=figures.layers,
        kv_heads=figures.kv_heads,
        head_dim=figures.head_dim,
        tokens=model.context_size,
        slots=model.slots,
        window=figures.window,
        full_attention_layers=figures.full_attention_layers,
    )
