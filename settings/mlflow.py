"""A registry of models: MLflow, its database and object store, backup and clean-up."""

from typing import Self

from pydantic import Field, model_validator

from documents.names import Label, Size
from documents.validation import contradiction
from settings.access.network import Database
from settings.base import Settings
from settings.bucket import BucketSettings, Schedule
from settings.exposure import Host
from settings.names import ImageReference, SecretReference
from settings.served import RegistryLogin

# The name in its objects and of its address, and of those of its own database: of no pool.
MLFLOW_NAME, DATABASE_NAME = "mlflow", "mlflow-database"


class RegistryDatabase(Database):
    """Two databases of one PostgreSQL server: what is registered, and who may log in."""

    logins: SecretReference = Field(
        description="Secret with the URL of the second database; users and permissions are there."
    )


class OwnDatabase(Settings):
    """A small PostgreSQL server of the stack's own: one pod, one claim, for development."""

    password: SecretReference = Field(description="Secret with its password.")
    size: Size = Field(default="5Gi", description="Size of its claim; it can grow in place.")
    storage_class: Label | None = Field(
        default=None, alias="class", description="StorageClass; without it, the cluster's default."
    )


class BackupSettings(Settings):
    """Copies of the database and of the artifacts, taken together."""

    to: BucketSettings = Field(description="The bucket of the copies, best of another store.")
    schedule: Schedule = Field(default="15 2 * * *", description="When, in UTC.")
    keep_days: int = Field(
        default=30, ge=1, le=3650, description="Days for which copies of the database are kept."
    )
    # Not pulled here: its command line is what tests run (requirements-mlflow.txt).
    image: ImageReference = Field(
        default="docker.io/rclone/rclone:1.75.2", description="Image of rclone."
    )


class CleanUpSettings(Settings):
    """Deletion for good of what users deleted, but for what is behind a registered version."""

    schedule: Schedule = Field(default="45 3 * * 0", description="When, in UTC.")
    older_than_days: int = Field(
        default=30, ge=1, le=3650, description="Days since a run or model was deleted."
    )


class MlflowSettings(Settings):
    """A tracking server and registry: MLflow with logins, its stores, backup and clean-up."""

    image: ImageReference = Field(
        description="Image of MLflow with its drivers, as package/mlflow/Dockerfile builds it."
    )
    replicas: int = Field(default=1, ge=1, le=10, description="Pods of the server.")
    cpu: int = Field(default=1, ge=1, le=16, description="Whole cores of a pod.")
    memory: Size = Field(default="1Gi", description="Memory of a pod.")
    scratch: Size = Field(
        default="2Gi", description="Room of a pod for the artifacts that pass through it at a time."
    )
    user: Label = Field(default="admin", description="Name of the administrator.")
    password: SecretReference = Field(
        description="Secret with the administrator's first password, and what clean-up logs in by."
    )
    session_key: SecretReference = Field(
        description="Secret with a random key that signs sessions; keep it."
    )
    reader: RegistryLogin | None = Field(
        default=None,
        description="Secret with a user by which `servedModels` that name no registry are fetched.",
    )
    database: RegistryDatabase | None = Field(
        default=None, description="Two existing PostgreSQL databases."
    )
    own_database: OwnDatabase | None = Field(
        default=None, description="A small database of its own in place of existing ones."
    )
    # A tag of PostgreSQL has two numbers, which its digest has to pin.
    postgres: ImageReference = Field(
        default="docker.io/library/postgres:17.6",
        description="Image of PostgreSQL on Debian: the own database, and what dumps it; at least "
        "as new as the server.",
    )
    artifacts: BucketSettings = Field(description="The bucket of models and other artifacts.")
    hosts: tuple[Host, ...] = Field(
        default=(),
        strict=False,
        max_length=20,
        description="Further names under which clients call it; others are refused.",
    )
    backup: BackupSettings | None = Field(default=None, description="Backup; none if absent.")
    clean_up: CleanUpSettings | None = Field(
        default=None, description="Clean-up of deleted runs; none if absent."
    )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if (self.database is None) is (self.own_database is None):
            raise contradiction(
                "has two databases" if self.database else "has no database",
                "give it one: `database` for an existing one, or `ownDatabase`",
            )
        if self.database and self.database.url == self.database.logins:
            raise contradiction(
                "keeps what is registered and who may log in in one database",
                "create a second database, and name its URL as `logins`",
            )
        if self.backup and _place(self.backup.to) == _place(self.artifacts):
            raise contradiction(
                f"backs bucket {self.artifacts.bucket} up into itself", "name another bucket"
            )
        return self

    @property
    def images(self) -> tuple[str, ...]:
        """Return the images of its pods."""
        dumped = (self.postgres,) if self.own_database or self.backup else ()
        return (self.image, *dumped, *((self.backup.image,) if self.backup else ()))


def _place(bucket: BucketSettings) -> tuple[str, str]:
    return bucket.endpoint, bucket.bucket
