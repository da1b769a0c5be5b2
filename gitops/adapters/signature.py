"""Signs files with a key of OpenSSH, and says who signed one: `ssh-keygen -Y`, and nothing of ours.

The key is named by its file, or by its public half where an agent holds the other; its bytes are
never read here.
"""

import os
from pathlib import Path

from gitops.adapters.process import Finished, OutsideError, Run, run

# A signature counts for this purpose alone: one under a mail or a commit is none of evidence.
NAMESPACE = "localai-gitops-evidence"
BUNDLES = "localai-gitops-bundle"
_KEYGEN = "ssh-keygen"


def signature(content: bytes, key: Path, namespace: str = NAMESPACE, program: Run = run) -> str:
    """Return the signature of content by a key, for one purpose.

    Raises:
        OutsideError: there is no such key, or it cannot be used without a passphrase.
    """
    command = [_KEYGEN, "-Y", "sign", "-f", str(key.absolute()), "-n", namespace]
    done = program(command, Path.cwd(), _silent(), content)
    text = done.output.decode("ascii", "replace")
    if done.code or not text.startswith("-----BEGIN SSH SIGNATURE-----"):
        cure = "name a key of OpenSSH, or its .pub where an agent holds it"
        raise OutsideError(f"cannot sign with {key}: {_last(done)}", cure)
    return text


def signer(
    content: bytes, file: Path, signers: Path, namespace: str = NAMESPACE, program: Run = run
) -> str:
    """Return who signed content, by the names in a file of allowed signers.

    Raises:
        OutsideError: none of them did.
    """
    named = ["-s", str(file.absolute()), "-f", str(signers.absolute())]
    cure = f"have it signed by somebody in {signers}"
    cure += ": `localai-gitops evidence sign`" if namespace == NAMESPACE else ""
    found = program([_KEYGEN, "-Y", "find-principals", *named], Path.cwd(), _silent())
    names = found.output.decode("utf-8", "replace").splitlines()
    if found.code or not names:
        raise OutsideError(f"is not signed by anybody in {signers}: {_last(found)}", cure)
    command = [_KEYGEN, "-Y", "verify", "-I", names[0], "-n", namespace, *named]
    done = program(command, Path.cwd(), _silent(), content)
    if done.code:
        raise OutsideError(f"is not what {names[0]} signed: {_last(done)}", cure)
    return names[0]


def _silent() -> dict[str, str]:
    # A passphrase would be asked for on a terminal that nobody may sit at.
    return {**os.environ, "SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "force"}


def _last(done: Finished) -> str:
    lines = [line.strip() for line in done.errors.splitlines() if line.strip()]
    return lines[-1][:200] if lines else f"{_KEYGEN} ended with {done.code}"
