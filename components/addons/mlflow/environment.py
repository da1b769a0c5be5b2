"""What the pods of the registry are told, and the programs in them; no secret is in either."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lightkube.models.core_v1 import (
    ConfigMap,
    ConfigMapVolumeSource,
    EmptyDirVolumeSource,
    EnvVar,
    Volume,
    VolumeMount,
)

from components.network.model_registry import (
    DATABASE_OBJECT,
    OBJECT,
    PORT,
    REGISTRY_PODS,
    registry_url,
)
from components.parts.builders import secret_key, secret_variable
from components.parts.context import Context
from components.parts.copies import remote
from components.parts.labels import content_name, metadata
from components.parts.part import name_of
from settings.bucket import BucketSettings
from settings.mlflow import MlflowSettings

_SCRIPTS = Path(__file__).parent / "scripts"
PROGRAMS = "/etc/mlflow"
# In memory: the file of logins holds the password of a database.
SECRETS = "/run/mlflow"
TMP = "/tmp"  # noqa: S108 (in the container)
DATABASE_PORT = 5432
# Of the own database: its user, and its databases.
OWNER, REGISTRY_DATABASE, LOGINS_DATABASE = "mlflow", "mlflow", "logins"


@dataclass(frozen=True, kw_only=True)
class MlflowArgs:
    """A stack, and what it says of its registry of models."""

    context: Context
    settings: MlflowSettings


def databases(settings: MlflowSettings) -> list[EnvVar]:
    """Return where both databases are; libpq takes the password of the own one from a variable."""
    if settings.database:
        return [
            secret_variable("MLFLOW_BACKEND_STORE_URI", secret_key(settings.database.url)),
            secret_variable("REGISTRY_LOGINS_URI", secret_key(settings.database.logins)),
        ]
    server = f"postgresql+psycopg2://{OWNER}@{DATABASE_OBJECT}:{DATABASE_PORT}"
    known = {
        "MLFLOW_BACKEND_STORE_URI": f"{server}/{REGISTRY_DATABASE}",
        "REGISTRY_LOGINS_URI": f"{server}/{LOGINS_DATABASE}",
        "REGISTRY_OWNS_DATABASE": "true",
    }
    return [*variables(known), own_password(settings, "PGPASSWORD")]


def own_password(settings: MlflowSettings, name: str) -> EnvVar:
    """Return the variable that holds the password of the own database.

    Raises:
        LookupError: it has none.
    """
    if settings.own_database is None:
        raise LookupError("the database is not the stack's own")
    return secret_variable(name, secret_key(settings.own_database.password))


def server_environment(args: MlflowArgs) -> list[EnvVar]:
    """Return what the server is told: stores, logins, who may call it by which name."""
    settings = args.settings
    known = {
        **_quiet(),
        "MLFLOW_AUTH_CONFIG_PATH": f"{SECRETS}/logins.ini",
        "MLFLOW_AUTH_ADMIN_USERNAME": settings.user,
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(allowed_hosts(args)),
        # Seven consumers of jobs that a registry has no use for take 1.9 GB.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    if settings.hosts:
        origins = ",".join(f"https://{host}" for host in settings.hosts)
        known["MLFLOW_SERVER_CORS_ALLOWED_ORIGINS"] = origins
    return [
        *variables(known),
        secret_variable("MLFLOW_AUTH_ADMIN_PASSWORD", secret_key(settings.password)),
        secret_variable("MLFLOW_FLASK_SERVER_SECRET_KEY", secret_key(settings.session_key)),
        *databases(settings),
        *_artifacts(settings.artifacts),
    ]


def clean_up_environment(args: MlflowArgs) -> list[EnvVar]:
    """Return what the clean-up is told: it deletes rows itself, artifacts through the server."""
    settings = args.settings
    known = {
        **_quiet(),
        "MLFLOW_TRACKING_URI": registry_url(args.context),
        "MLFLOW_TRACKING_USERNAME": settings.user,
    }
    return [
        *variables(known),
        secret_variable("MLFLOW_TRACKING_PASSWORD", secret_key(settings.password)),
        *databases(settings),
    ]


def _quiet() -> dict[str, str]:
    """Return what keeps MLflow from calling out, and from writing where it may not."""
    return {
        "HOME": TMP,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }


def _artifacts(bucket: BucketSettings) -> list[EnvVar]:
    known = {
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{bucket.bucket}",
        "MLFLOW_S3_ENDPOINT_URL": bucket.endpoint,
        # A bucket in front of the host's name has no address in a cluster.
        "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path",
        "AWS_DEFAULT_REGION": bucket.region,
    }
    return [
        *variables(known),
        secret_variable("AWS_ACCESS_KEY_ID", secret_key(bucket.access_key)),
        secret_variable("AWS_SECRET_ACCESS_KEY", secret_key(bucket.secret_key)),
    ]


def store(name: str, bucket: BucketSettings) -> list[EnvVar]:
    """Return what rclone is told of a bucket, whose store it knows by a name."""
    return [*variables({f"{name.upper()}_BUCKET": bucket.bucket}), *remote(name, bucket)]


def variables(known: Mapping[str, str]) -> list[EnvVar]:
    """Return variables in plain text."""
    return [EnvVar(name=name, value=value) for name, value in known.items()]


def allowed_hosts(args: MlflowArgs) -> list[str]:
    """Return the names that clients may call it by, each with and without the port."""
    service, namespace = OBJECT, args.context.settings.namespace
    inside = [
        service,
        f"{service}.{namespace}",
        f"{service}.{namespace}.svc",
        f"{service}.{namespace}.svc.cluster.local",
    ]
    return [*inside, *(f"{name}:{PORT}" for name in inside), *args.settings.hosts]


def config_map(context: Context) -> ConfigMap:
    """Return the ConfigMap with the programs, named by its content."""
    data = _programs()
    name = content_name(f"{OBJECT}-programs", data)
    return ConfigMap(metadata=metadata(context, name, REGISTRY_PODS), data=data, immutable=True)


@cache
def _programs() -> dict[str, str]:
    paths = sorted(path for path in _SCRIPTS.iterdir() if path.suffix in (".py", ".sh"))
    files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    return {name: text for name, text in files.items() if name != "__init__.py"}


def program_volume(context: Context) -> Volume:
    """Return the volume that holds the programs."""
    return Volume(
        name="programs", configMap=ConfigMapVolumeSource(name=name_of(config_map(context)))
    )


def program_mount() -> VolumeMount:
    """Return where pods find the programs; they cannot write there."""
    return VolumeMount(name="programs", mountPath=PROGRAMS, readOnly=True)


def empty(name: str, size: str, medium: str | None = None) -> Volume:
    """Return a volume that is empty when a pod starts, and is deleted with it."""
    return Volume(name=name, emptyDir=EmptyDirVolumeSource(sizeLimit=size, medium=medium))
