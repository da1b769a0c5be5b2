"""What a pod is told of its model, by environment variables, and how a refusal is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODEL, VERSION, SEMVER = "PREDICT_MODEL", "PREDICT_VERSION", "PREDICT_SEMVER"
DIGEST, SIZE, FILE = "PREDICT_DIGEST", "PREDICT_SIZE", "PREDICT_FILE"
FOLDER, PORT, THREADS = "PREDICT_FOLDER", "PREDICT_PORT", "PREDICT_THREADS"
# As MLflow's own clients name them.
REGISTRY = "MLFLOW_TRACKING_URI"
USER, PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"

# At the end of a pod, an answer that takes longer is cut off.
ENDING_SECONDS = 20

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.onnx\Z")
_MOST_DIGITS = 12


class PredictError(Exception):
    """Something is wrong outside of this program: the cause, and the cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(cause, cure)
        self.cause, self.cure = cause, cure

    def __str__(self) -> str:
        """Return both on one line that steers no terminal: registries say parts of it."""
        line = f"{self.cause}; {self.cure}"
        return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in line)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One version of a registered model, and the bytes that it is."""

    model: str
    version: str
    semver: str
    digest: str
    size: int
    path: Path

    @property
    def uri(self) -> str:
        """Return the model as MLflow writes it."""
        return f"models:/{self.model}/{self.version}"


def declared_of(found: Mapping[str, str]) -> Declared:
    """Return what the variables say.

    Raises:
        PredictError: one is missing, or not of its form.
    """
    digest, file = said(found, DIGEST), said(found, FILE)
    if not _DIGEST.match(digest):
        raise PredictError(f"{DIGEST} is {digest!r:.80}", "write sha256: and 64 hexadecimal digits")
    if not _FILE.match(file):
        raise PredictError(f"{FILE} is {file!r:.80}", "name an ONNX file, such as model.onnx")
    return Declared(
        model=said(found, MODEL),
        version=str(number(found, VERSION)),
        semver=said(found, SEMVER),
        digest=digest,
        size=number(found, SIZE),
        path=Path(said(found, FOLDER)) / file,
    )


def said(found: Mapping[str, str], name: str) -> str:
    """Return a variable.

    Raises:
        PredictError: it is missing or empty.
    """
    if not found.get(name):
        raise PredictError(f"{name} is not set", "the pod of a served model has it; set it")
    return found[name]


def number(found: Mapping[str, str], name: str) -> int:
    """Return a variable that is a whole number of at least 1.

    Raises:
        PredictError: it is missing, or no such number.
    """
    text = said(found, name)
    if not re.fullmatch(rf"[1-9][0-9]{{0,{_MOST_DIGITS}}}", text):
        raise PredictError(f"{name} is {text!r:.40}", "write a whole number of at least 1")
    return int(text)
