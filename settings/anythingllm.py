"""AnythingLLM: a chat application over documents that asks this stack's own models."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from documents.names import Label, Size
from documents.validation import contradiction
from settings.base import Settings
from settings.bucket import BucketSettings, Schedule
from settings.exposure import ExposureKind, ExposureSettings
from settings.names import ClientName, ImageReference, SecretKey, SecretReference

# The name in its objects and of its address: of no pool.
ANYTHINGLLM_NAME = "anythingllm"
# The release whose storage, settings and API docs/anythingllm.md is about.
IMAGE = "docker.io/mintplexlabs/anythingllm:1.16.0"
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
# Of User.usernameRegex of 1.16.0, without @, which no key of a Secret has.
_USER = re.compile(r"[a-z][a-z0-9._-]{1,31}")


def _numbered(image: str) -> str:
    tag = image.rpartition(":")[2]
    if not _VERSION.fullmatch(tag):
        raise contradiction(
            f"has the tag {tag}, which is not a version of three numbers",
            f"use a release, such as {IMAGE}: data of a newer one cannot be read by an older one",
        )
    return image


class ApplicationKeys(Settings):
    """A Secret with the three keys by which AnythingLLM keeps credentials and sessions."""

    secret: Label = Field(description="Name of the Secret.")
    signing: SecretKey = Field(
        default="sig-key", description="Key in it with SIG_KEY: at least 32 characters."
    )
    salt: SecretKey = Field(
        default="sig-salt", description="Key in it with SIG_SALT: at least 32 characters."
    )
    tokens: SecretKey = Field(
        default="jwt-secret", description="Key in it with JWT_SECRET: at least 12 characters."
    )


def _user(name: str) -> str:
    if not _USER.fullmatch(name):
        raise contradiction(
            f"names the user {name!r}, which AnythingLLM does not take",
            "use 2 to 32 small letters, digits, '-', '_' and '.', a letter first, such as ada",
        )
    return name


UserName = Annotated[str, AfterValidator(_user)]


class ApplicationUsers(Settings):
    """Users of its own; a Secret has the first password of each under the user's name."""

    secret: Label = Field(description="Name of the Secret.")
    admin: UserName = Field(
        description="User that makes the others; best of the stack alone, and of no person."
    )
    others: tuple[UserName, ...] = Field(
        default=(),
        strict=False,
        max_length=200,
        description="Users that are made where they are missing; none is ever changed or deleted.",
    )

    @model_validator(mode="after")
    def _are_named_once(self) -> Self:
        names = (self.admin, *self.others)
        for name in names:
            if names.count(name) > 1:
                raise contradiction(f"names the user {name} twice", "delete one of them")
        return self


class ApplicationStorage(Settings):
    """The claim that holds its database, documents and vectors."""

    size: Size = Field(default="10Gi", description="Size of the claim; it can grow in place.")
    storage_class: Label | None = Field(
        default=None,
        alias="class",
        description="StorageClass, of disks: SQLite breaks on a network file system; the "
        "cluster's default if absent.",
    )


class ApplicationBackup(Settings):
    """Encrypted copies of its data in a bucket, and how they are proved."""

    to: BucketSettings = Field(description="The bucket of the copies, best of another place.")
    key: SecretReference = Field(
        description="Secret with the passphrase that encrypts copies; without it none can be read."
    )
    schedule: Schedule = Field(default="35 1 * * *", description="When, in UTC.")
    keep_days: int = Field(default=30, ge=1, le=3650, description="Days for which copies are kept.")
    rehearsal: Schedule = Field(
        default="35 5 * * 0", description="When the newest copy is restored on trial, in UTC."
    )
    proven_days: int = Field(
        default=8, ge=1, le=365, description="Days after which an alert asks for a proof."
    )
    # Not pulled here: its command line is what tests run (requirements-mlflow.txt).
    image: ImageReference = Field(
        default="docker.io/rclone/rclone:1.75.2", description="Image of rclone."
    )


class ApplicationSnapshots(Settings):
    """Snapshots of the claim by its driver, in a cluster that has external-snapshotter."""

    snapshot_class: Label = Field(alias="class", description="VolumeSnapshotClass of the driver.")


class VeleroSettings(Settings):
    """A schedule of Velero for the claim, in a cluster that has Velero."""

    namespace: Label = Field(default="velero", description="Namespace of Velero.")
    location: Label | None = Field(
        default=None, description="Its BackupStorageLocation; its default if absent."
    )
    schedule: Schedule = Field(default="5 3 * * *", description="When, in UTC.")
    keep_days: int = Field(
        default=30, ge=1, le=3650, description="Days for which Velero keeps a backup."
    )


class AnythingLlmSettings(Settings):
    """A chat application over documents: its models, secrets, storage, login and exposure."""

    image: Annotated[ImageReference, AfterValidator(_numbered)] = Field(
        default=IMAGE, description="Image of AnythingLLM, by a version of three numbers."
    )
    cpu: int = Field(default=1, ge=1, le=16, description="Whole cores of its pod.")
    memory: Size = Field(default="2Gi", description="Memory of its pod.")
    chat: ClientName = Field(description="Name of the chat model that answers, as clients send it.")
    embeddings: ClientName = Field(
        description="Name of the model that embeds documents; another one embeds all of them again."
    )
    chunk_length: int = Field(
        default=1000, ge=100, le=100_000, description="Longest piece of a document, in characters."
    )
    key: SecretReference | None = Field(
        default=None,
        description="Secret with the key by which it calls the router, one of `router.keys`; "
        "without a router it uses the API key of the stack.",
    )
    keys: ApplicationKeys | None = Field(
        default=None,
        description="Secret with the keys by which it encrypts and signs; generated if absent.",
    )
    password: SecretReference | None = Field(
        default=None, description="Secret with the password that lets in; none is asked if absent."
    )
    api_key: SecretReference | None = Field(
        default=None,
        description="Secret with an API key made in it, by which documents are embedded again; "
        "only needed where it has users that are not in `users`.",
    )
    users: ApplicationUsers | None = Field(
        default=None, description="Users of its own; one password for all if absent."
    )
    storage: ApplicationStorage = Field(
        default_factory=ApplicationStorage, description="Where it keeps its data."
    )
    backup: ApplicationBackup | None = Field(default=None, description="Backup; none if absent.")
    snapshots: ApplicationSnapshots | None = Field(
        default=None, description="A snapshot of its claim before an update; none if absent."
    )
    velero: VeleroSettings | None = Field(
        default=None, description="A schedule of Velero for its claim; none if absent."
    )
    exposure: ExposureSettings | None = Field(
        default=None,
        description="How it is reached from outside the cluster; not at all if absent.",
    )

    @model_validator(mode="after")
    def _is_exposed_as_a_whole(self) -> Self:
        outside = self.exposure
        if outside is None or outside.kind is ExposureKind.CLUSTER:
            return self
        if outside.pool or outside.path != "/":
            what = "a pool" if outside.pool else f"the path {outside.path}"
            raise contradiction(
                f"is exposed with {what}, and AnythingLLM has one address and no path before it",
                "give it a `host` of its own",
            )
        if self.password is None:
            raise contradiction(
                "is reached from outside of the cluster, and asks nobody for a password",
                "add `password: {secret: …, key: …}`",
            )
        return self

    @property
    def images(self) -> tuple[str, ...]:
        """Return the images of its pods, but for the one that weights are fetched with, too."""
        return (self.image, *((self.backup.image,) if self.backup else ()))

    @property
    def version(self) -> str:
        """Return the version of AnythingLLM."""
        return self.image.rpartition(":")[2]
