"""What the pods of the application are told, and programs next to it; no secret is in either."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lightkube.models.core_v1 import (
    Affinity,
    ConfigMap,
    ConfigMapVolumeSource,
    EmptyDirVolumeSource,
    EnvVar,
    PersistentVolumeClaimVolumeSource,
    PodAffinity,
    PodAffinityTerm,
    SecretKeySelector,
    Volume,
    VolumeMount,
)
from lightkube.models.meta_v1 import LabelSelector

from components.keys import api_key
from components.network.chat_application import APPLICATION_PODS, OBJECT, PORT
from components.parts.builders import secret_key, secret_variable
from components.parts.context import Context
from components.parts.copies import remote
from components.parts.labels import CLAIM, bounded, content_digest, content_name, metadata
from components.parts.part import name_of
from components.pool.pool import Pool
from components.server.local_ai import address
from models.definition import Definition
from settings.anythingllm import AnythingLlmSettings, ApplicationBackup, ApplicationKeys

_SCRIPTS = Path(__file__).parent / "scripts"
PROGRAMS = "/etc/anythingllm"
# AnythingLLM opens its database here, whatever STORAGE_DIR says: a claim elsewhere stays empty.
STORAGE = "/app/server/storage"
TMP = "/tmp"  # noqa: S108 (in the container)
# The user of its image, and of all that writes where it does.
USER = 1000
# Scanners ask for other users, and for a read-only root; docs/decisions/0017 says why not here.
EXCEPTIONS = {
    "kube-score/ignore": "container-security-context-user-group-id",
    "checkov.io/skip1": "CKV_K8S_40=its image and its files belong to user 1000",
}
WRITABLE_ROOT = {
    "kube-score/ignore": f"{EXCEPTIONS['kube-score/ignore']},"
    "container-security-context-readonlyrootfilesystem",
    "checkov.io/skip1": EXCEPTIONS["checkov.io/skip1"],
    "checkov.io/skip2": "CKV_K8S_22=each start writes into the packages of the image",
}
# The generated keys: the variable that holds each, and the end of the name of its Secret.
GENERATED = {"SIG_KEY": "signing", "SIG_SALT": "salt", "JWT_SECRET": "tokens"}
GENERATED_KEY = "key"


@dataclass(frozen=True, kw_only=True)
class AnythingLlmArgs:
    """A stack, its pools, what it says of its application, and the address of its router if any."""

    context: Context
    settings: AnythingLlmSettings
    pools: tuple[Pool, ...]
    router: str | None

    @property
    def claim(self) -> str:
        """Return the name of the claim; another class is another claim."""
        storage_class = self.settings.storage.storage_class
        return bounded("-".join(filter(None, [OBJECT, "storage", storage_class])))

    def served(self, name: str) -> tuple[Pool, Definition]:
        """Return the first pool that serves a name, and the model that it means there.

        Raises:
            LookupError: no pool does; a rule of stack files refuses that before.
        """
        for pool in self.pools:
            target = pool.settings.aliases.get(name, name)
            for model in pool.models:
                if model.name == target:
                    return pool, model
        raise LookupError(name)

    def base(self, name: str) -> str:
        """Return the URL, up to and with /v1, at which a name is answered."""
        return self.router or address(self.served(name)[0])


def mark(args: AnythingLlmArgs) -> dict[str, str]:
    """Return what its data is marked with: the release, and the model of its documents."""
    name = args.settings.embeddings
    digests = sorted(file.sha256 for file in args.served(name)[1].files)
    weights = content_digest(digests)[:12]
    return {"version": args.settings.version, "embeddings": name, "weights": weights}


def server_environment(args: AnythingLlmArgs) -> list[EnvVar]:
    """Return what AnythingLLM is told; what stands here wins over what its pages set."""
    settings = args.settings
    known = {
        "SERVER_PORT": str(PORT),
        "STORAGE_DIR": STORAGE,
        "LLM_PROVIDER": "localai",
        "LOCAL_AI_BASE_PATH": args.base(settings.chat),
        "LOCAL_AI_MODEL_PREF": settings.chat,
        **_context_limit(args.served(settings.chat)[1]),
        "EMBEDDING_ENGINE": "localai",
        "EMBEDDING_BASE_PATH": args.base(settings.embeddings),
        "EMBEDDING_MODEL_PREF": settings.embeddings,
        "EMBEDDING_MODEL_MAX_CHUNK_LENGTH": str(settings.chunk_length),
        "VECTOR_DB": "lancedb",
        "DISABLE_TELEMETRY": "true",
        "DISABLE_SWAGGER_DOCS": "true",
    }
    login = {"AUTH_TOKEN": secret_key(settings.password)} if settings.password else {}
    sources = {"LOCAL_AI_API_KEY": caller(args), **application_keys(settings), **login}
    return [*variables(known), *(secret_variable(name, one) for name, one in sources.items())]


def _context_limit(model: Definition) -> dict[str, str]:
    # Without it AnythingLLM takes 4,096.
    return {"LOCAL_AI_MODEL_TOKEN_LIMIT": str(model.context_size)} if model.context_size else {}


def caller(args: AnythingLlmArgs) -> SecretKeySelector:
    """Return the key by which models are asked, at the router or at a pool."""
    key = args.settings.key
    return secret_key(key) if key else api_key.caller(args.context)


def application_keys(settings: AnythingLlmSettings) -> dict[str, SecretKeySelector]:
    """Return the keys by which it encrypts and signs, by their variables."""
    named = settings.keys
    if named is None:
        return {
            variable: SecretKeySelector(name=f"{OBJECT}-{end}", key=GENERATED_KEY)
            for variable, end in GENERATED.items()
        }
    return {
        variable: SecretKeySelector(name=named.secret, key=key)
        for variable, key in zip(GENERATED, _keys(named), strict=True)
    }


def _keys(named: ApplicationKeys) -> Iterable[str]:
    return named.signing, named.salt, named.tokens


def kept_environment(args: AnythingLlmArgs, storage: str) -> list[EnvVar]:
    """Return what keep.py is told: where the data is, and what the stack declares."""
    said = {f"DECLARED_{name.upper()}": value for name, value in mark(args).items()}
    return variables({"STORAGE": storage, **said})


def copies_environment(args: AnythingLlmArgs, backup: ApplicationBackup) -> list[EnvVar]:
    """Return what rclone is told: the bucket, and the encrypted folder of the copies in it."""
    bucket, place = backup.to, f"{OBJECT}-{args.context.settings.namespace}"
    safe = "RCLONE_CONFIG_SAFE"
    known = {
        "HOME": TMP,
        # All that it has to know is here.
        "RCLONE_CONFIG": "/dev/null",
        # A store that is down is told within a minute; the Job tries again later.
        "RCLONE_CONTIMEOUT": "10s",
        "RCLONE_LOW_LEVEL_RETRIES": "3",
        "RCLONE_RETRIES": "1",
        "BACKUP_BUCKET": bucket.bucket,
        "BACKUP_PLACE": place,
        "KEEP_DAYS": str(backup.keep_days),
        f"{safe}_TYPE": "crypt",
        f"{safe}_REMOTE": f"store:{bucket.bucket}/{place}",
        # Names say when, and of which release; all else is in the archives.
        f"{safe}_FILENAME_ENCRYPTION": "off",
        f"{safe}_DIRECTORY_NAME_ENCRYPTION": "false",
    }
    passphrase = secret_variable("BACKUP_PASSPHRASE", secret_key(backup.key))
    return [*variables(known), *remote("store", bucket), passphrase]


def variables(known: Mapping[str, str]) -> list[EnvVar]:
    """Return variables in plain text."""
    return [EnvVar(name=name, value=value) for name, value in known.items()]


def config_map(context: Context) -> ConfigMap:
    """Return the ConfigMap with the programs, named by its content."""
    data = _programs()
    name = content_name(f"{OBJECT}-programs", data)
    return ConfigMap(metadata=metadata(context, name, APPLICATION_PODS), data=data, immutable=True)


@cache
def _programs() -> dict[str, str]:
    # What ends the pod stands in the pod itself.
    paths = sorted(path for path in _SCRIPTS.iterdir() if path.suffix in (".py", ".sh"))
    files = {path.name: path.read_text(encoding="utf-8") for path in paths}
    return {name: text for name, text in files.items() if name not in ("__init__.py", "stop.sh")}


def stop_script() -> str:
    """Return what ends the application in its pod."""
    return re.sub(r"^#.*\n", "", (_SCRIPTS / "stop.sh").read_text(encoding="utf-8"), flags=re.M)


def program_volume(context: Context) -> Volume:
    """Return the volume that holds the programs."""
    return Volume(
        name="programs", configMap=ConfigMapVolumeSource(name=name_of(config_map(context)))
    )


def program_mount() -> VolumeMount:
    """Return where pods find the programs; they cannot write there."""
    return VolumeMount(name="programs", mountPath=PROGRAMS, readOnly=True)


def storage_volume(args: AnythingLlmArgs) -> Volume:
    """Return the claim as a volume."""
    source = PersistentVolumeClaimVolumeSource(claimName=args.claim)
    return Volume(name="storage", persistentVolumeClaim=source)


def empty(name: str, size: str) -> Volume:
    """Return a volume that is empty when a pod starts, and is deleted with it."""
    return Volume(name=name, emptyDir=EmptyDirVolumeSource(sizeLimit=size))


def claim_labels(args: AnythingLlmArgs) -> dict[str, str]:
    """Return the label that marks every pod that mounts the claim."""
    return {CLAIM: args.claim}


def beside_the_claim(args: AnythingLlmArgs) -> Affinity:
    """Return what keeps pods that share the claim on the one node that can hold it.

    The term selects the pod's own label too: Kubernetes lets the first such pod start anywhere.
    """
    term = PodAffinityTerm(
        labelSelector=LabelSelector(matchLabels=claim_labels(args)),
        topologyKey="kubernetes.io/hostname",
    )
    return Affinity(podAffinity=PodAffinity(requiredDuringSchedulingIgnoredDuringExecution=[term]))
