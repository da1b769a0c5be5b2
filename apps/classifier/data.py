"""The pictures that the classifier learns from: they ship with scikit-learn, and are one digest."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

# SHA-256 of the digits of scikit-learn 1.9.1, as `Data.digest` has it.
KNOWN = "sha256:283940e697946651005dc2bbcb328cba6f438c66e20ed4a28b8653fb0e785d1f"
HEIGHT = WIDTH = 8
# Levels of gray in the package, and in a picture.
_LEVELS, WHITE = 16, 255
# A quarter is held out; the same one for every seed of training, so that runs are comparable.
_HELD_OUT, _SPLIT_SEED = 0.25, 7


class ClassifierError(Exception):
    """Something that the person who trains or compares has to set right: cause and cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause}; {cure}")


@dataclass(frozen=True, kw_only=True)
class Data:
    """Pictures of 8 x 8 bytes, and which digit each of them shows; arrays of numpy."""

    pictures: Any
    labels: Any

    @property
    def digest(self) -> str:
        """Return SHA-256 over shape, pixels and labels."""
        told = hashlib.sha256(repr(self.pictures.shape).encode())
        told.update(self.pictures.tobytes())
        told.update(self.labels.tobytes())
        return f"sha256:{told.hexdigest()}"


@dataclass(frozen=True, kw_only=True)
class Split:
    """What training sees, and what it is measured by."""

    seen: Data
    held_out: Data


def digits() -> Data:
    """Return the 1,797 digits of scikit-learn, as bytes from 0 to 255."""
    datasets: Any = import_module("sklearn.datasets")
    numpy: Any = import_module("numpy")
    found, labels = datasets.load_digits(return_X_y=True)
    scaled = numpy.rint(found.reshape(-1, HEIGHT, WIDTH) * WHITE / _LEVELS)
    return Data(pictures=scaled.astype("uint8"), labels=labels.astype("<i8"))


def checked(data: Data, accepted: Sequence[str] = (KNOWN,)) -> Data:
    """Return data whose digest is among those that are accepted.

    Raises:
        ClassifierError: they are others.
    """
    if data.digest not in accepted:
        raise ClassifierError(
            f"the data are {data.digest}, and known are {accepted[0]}",
            f"install the locked packages, or train on them with --data {data.digest}",
        )
    return data


def split(data: Data) -> Split:
    """Return the parts, each digit with the same share in both."""
    selection: Any = import_module("sklearn.model_selection")
    seen, unseen, known, wanted = selection.train_test_split(
        data.pictures, data.labels,
        test_size=_HELD_OUT, random_state=_SPLIT_SEED, stratify=data.labels,
    )  # fmt: skip
    return Split(
        seen=Data(pictures=seen, labels=known), held_out=Data(pictures=unseen, labels=wanted)
    )
