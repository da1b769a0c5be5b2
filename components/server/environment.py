"""The environment of a server: every path, limit and door is set, nothing is left to a guess."""

from lightkube.models.core_v1 import EnvVar

from components.keys import api_key
from components.pool.pool import Pool
from components.server import loading
from components.server.model_list import FILE

# LocalAI hands the limit to Echo as `27M`, which is millions of bytes; nginx counts in MiB. Rounded
# up, it takes all that an ingress lets through (core/http/app.go; gommon, bytes.Parse).
_MB = 10**6


def environment(pool: Pool) -> list[EnvVar]:
    """Return the variables of a pool's server, sorted by name."""
    paths = pool.context.server.paths
    values = {
        **pool.context.server.closed_doors,
        **loading.variables(pool),
        "LOCALAI_ADDRESS": f":{pool.context.server.port}",
        "LOCALAI_BACKENDS_PATH": paths.backends,
        "LOCALAI_BACKENDS_SYSTEM_PATH": paths.backends_system,
        "LOCALAI_CONFIG_DIR": paths.configuration,
        "LOCALAI_DATA_PATH": paths.data,
        "LOCALAI_MODELS_CONFIG_FILE": FILE,
        "LOCALAI_MODELS_PATH": paths.models,
        "LOCALAI_THREADS": str(pool.settings.cpu),
        "LOCALAI_UPLOAD_LIMIT": str(-(-pool.context.settings.server.body_bytes // _MB)),
        "HOME": "/tmp",  # noqa: S108 (in the container)
    }
    variables = [EnvVar(name=name, value=value) for name, value in sorted(values.items())]
    return [*variables, *api_key.variables(pool.context)]
