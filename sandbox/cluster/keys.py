"""The cluster's keys and certificates, made by the openssl program for one sandbox."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.netns import API_SERVICE, NODE
from sandbox.errors import SandboxError

DAYS = 365
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
PLAIN_CONFIG = "[req]\ndistinguished_name = subject\n[subject]\n"
"""Nothing of the machine's own openssl settings may reach these certificates."""


class CertificateError(SandboxError):
    """openssl refused to make a key."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom a certificate names: a user and group for clients, addresses for servers."""

    file: str
    user: str
    group: str = ""
    addresses: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The distinguished name, in openssl's notation."""
        return f"{f'/O={self.group}' if self.group else ''}/CN={self.user}"

    @property
    def extensions(self) -> tuple[str, ...]:
        """The certificate extensions, in openssl's notation."""
        usage = "serverAuth" if self.addresses else "clientAuth"
        names = (f"subjectAltName={','.join(self.addresses)}",) if self.addresses else ()
        return ("basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={usage}", *names)


REAL_NODE = "real-0"
ADMINISTRATORS = "system:masters"

IDENTITIES: tuple[Identity, ...] = (
    Identity(
        file="kube-apiserver",
        user="kube-apiserver",
        addresses=(
            f"IP:{NODE}",
            f"IP:{API_SERVICE}",
            "IP:127.0.0.1",
            "DNS:localhost",
            "DNS:kubernetes",
            "DNS:kubernetes.default",
            "DNS:kubernetes.default.svc",
            "DNS:kubernetes.default.svc.cluster.local",
        ),
    ),
    Identity(file="kubelet-server", user=REAL_NODE, addresses=(f"IP:{NODE}", f"DNS:{REAL_NODE}")),
    Identity(file="kubelet-client", user="kube-apiserver-kubelet-client", group=ADMINISTRATORS),
    Identity(file="admin", user="admin", group=ADMINISTRATORS),
    Identity(file="kube-controller-manager", user="system:kube-controller-manager"),
    Identity(file="kube-scheduler", user="system:kube-scheduler"),
    Identity(file="kube-proxy", user="system:kube-proxy"),
    Identity(file="kubelet", user=f"system:node:{REAL_NODE}", group="system:nodes"),
    Identity(file="kwok", user="kwok", group=ADMINISTRATORS),
)


def authority_command(folder: Path) -> list[str]:
    """Return the command line that makes the cluster's own certificate authority."""
    return [
        *request(folder, "ca", "/CN=sandbox"),
        *("-addext", "basicConstraints=critical,CA:TRUE"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"),
    ]


def certificate_command(folder: Path, identity: Identity) -> list[str]:
    """Return the command line that makes one identity's key and signed certificate."""
    command = request(folder, identity.file, identity.subject)
    command += ["-CA", str(folder / "ca.crt"), "-CAkey", str(folder / "ca.key")]
    for extension in identity.extensions:
        command += ["-addext", extension]
    return command


def request(folder: Path, file: str, subject: str) -> list[str]:
    """Return the part of the command line that all certificates share."""
    return [
        *("openssl", "req", "-x509", "-config", str(folder / "openssl.cnf"), *CURVE),
        *("-days", str(DAYS), "-subj", subject),
        *("-keyout", str(folder / f"{file}.key"), "-out", str(folder / f"{file}.crt")),
    ]


def service_account_command(folder: Path) -> list[str]:
    """Return the command line that makes the key which signs service account tokens."""
    curve = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    return ["openssl", "genpkey", *curve, "-out", str(folder / "service-account.key")]


def service_account_public_command(folder: Path) -> list[str]:
    """Return the command line that writes the key by which those tokens are checked."""
    key = str(folder / "service-account.key")
    return ["openssl", "pkey", "-in", key, "-pubout", "-out", str(folder / "service-account.pub")]


def create(folder: Path) -> None:
    """Make every key and certificate of a cluster in `folder`; keys are readable by root only."""
    (folder / "openssl.cnf").write_text(PLAIN_CONFIG)
    commands = [authority_command(folder), service_account_command(folder)]
    commands += [service_account_public_command(folder)]
    commands += [certificate_command(folder, identity) for identity in IDENTITIES]
    before = os.umask(0o077)
    try:
        for command in commands:
            run(command)
    finally:
        os.umask(before)


def run(command: list[str]) -> None:
    """Run one openssl command; raises CertificateError with what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CertificateError(
            f"openssl failed: {done.stderr.strip()}", "Install OpenSSL 3.0 or newer"
        )
