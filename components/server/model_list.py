"""The model list of a pool: one immutable ConfigMap, named by its content."""

import json
from functools import lru_cache

import yaml
from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

from components.engine.component import Component
from components.parts.labels import POOL, ROLE, content_name, metadata
from components.parts.part import ObjectTooLargeError, Part, content_part, name_of
from components.pool.pool import Pool
from components.server.model_entry import alias_entry, entry

FILE = "/etc/localai/models.yaml"
# The API server refuses larger ones (ConfigMap, "data must not exceed 1 MiB").
LARGEST_BYTES = 1024 * 1024

_ROLE = "models"


def model_list(pool: Pool) -> str:
    """Return LocalAI's list file for a pool."""
    entries = [entry(model, pool) for model in pool.models]
    entries += [alias_entry(alias, target) for alias, target in pool.settings.aliases.items()]
    return "".join(_text(json.dumps(one)) for one in entries)


# Most pools of a stack serve the same few models.
@lru_cache(maxsize=1000)
def _text(entry_json: str) -> str:
    entries = [json.loads(entry_json)]
    return yaml.dump(entries, Dumper=yaml.CSafeDumper, sort_keys=False, width=1000)


@lru_cache(maxsize=8)
def config_map(pool: Pool) -> ConfigMap:
    """Return the ConfigMap that holds the model list.

    Raises:
        ObjectTooLargeError: the list has more bytes than a ConfigMap may hold.
    """
    data = {"models.yaml": model_list(pool)}
    size = len(data["models.yaml"].encode())
    if size > LARGEST_BYTES:
        raise ObjectTooLargeError(
            f"pool {pool.name}: its model list has {size} bytes, "
            f"a ConfigMap holds {LARGEST_BYTES}; split the pool in two"
        )
    name = content_name(f"{pool.object_name}-{_ROLE}", data)
    labels = {POOL: pool.name, ROLE: _ROLE}
    return ConfigMap(metadata=metadata(pool.context, name, labels), data=data, immutable=True)


def list_volume(pool: Pool) -> Volume:
    """Return the volume that holds the model list."""
    source = ConfigMapVolumeSource(name=name_of(config_map(pool)))
    return Volume(name="model-list", configMap=source)


def list_mount() -> VolumeMount:
    """Return where the server finds the model list; it cannot write there."""
    return VolumeMount(name="model-list", mountPath=FILE.rsplit("/", 1)[0], readOnly=True)


class ModelConfig(Component[Pool]):
    """The model list of a pool."""

    token = "localai:components:ModelConfig"

    @staticmethod
    def parts(name: str, pool: Pool) -> tuple[Part, ...]:
        """Return the model list."""
        return (content_part(f"{name}-list", config_map(pool)),)
