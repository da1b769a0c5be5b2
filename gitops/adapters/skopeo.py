"""Copies images between registries and OCI layouts: skopeo knows logins, and resumes by blob."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitops.adapters.process import OutsideError, Run, run

_CURE = "install skopeo 1.9 or newer, from your distribution"


@dataclass(frozen=True, kw_only=True)
class Skopeo:
    """skopeo; `insecure` speaks to a registry without TLS, such as one of this machine."""

    insecure: bool = False
    run: Run = run
    words: Sequence[str] = field(default=("skopeo",))

    def fetch(self, reference: str, layout: Path, tag: str) -> None:
        """Bring an image, of all its architectures, into a layout.

        Raises:
            OutsideError: there is no skopeo, or the image cannot be had.
        """
        plain = ["--src-tls-verify=false"] if self.insecure else []
        # A name with tag and digest is refused; the digest says which.
        name, _, digest = reference.partition("@")
        host, _, rest = name.rpartition("/")
        source = f"docker://{host}/{rest.partition(':')[0]}@{digest}"
        self._copy(source, f"oci:{layout}:{tag}", plain)

    def push(self, layout: Path, tag: str, place: str) -> None:
        """Bring an image of a layout into a registry, with the same digest.

        Raises:
            OutsideError: there is no skopeo, or the registry refuses.
        """
        plain = ["--dest-tls-verify=false"] if self.insecure else []
        self._copy(f"oci:{layout}:{tag}", f"docker://{place}", plain)

    def _copy(self, source: str, target: str, plain: Sequence[str]) -> None:
        if shutil.which(self.words[0]) is None:
            raise OutsideError("skopeo is not on PATH", _CURE)
        copy = ["copy", "--all", "--preserve-digests", "--retry-times=3", *plain, source, target]
        done = self.run([*self.words, *copy], Path.cwd())
        if done.code:
            lines = [line.strip() for line in done.errors.splitlines() if line.strip()]
            said = lines[-1][:300] if lines else f"skopeo ended with {done.code}"
            raise OutsideError(f"cannot copy {source} to {target}: {said}", "see that both answer")
