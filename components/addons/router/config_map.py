"""The files of a router: one immutable ConfigMap, named by its content."""

import json
from collections.abc import Iterable
from pathlib import Path

import yaml
from lightkube.models.core_v1 import ConfigMap, ConfigMapVolumeSource, Volume, VolumeMount

from components.addons.router.config import config
from components.addons.router.keys import openings
from components.addons.router.routes import pools_by_name, routes
from components.network.routing import ROUTER_PODS, ROUTES_FILE
from components.parts.context import Context
from components.parts.labels import content_name, metadata
from components.parts.part import name_of
from components.pool.pool import Pool
from settings.router import ROUTER_NAME, RouterSettings

OBJECT = f"localai-{ROUTER_NAME}"
FOLDER = "/etc/router"
CONFIG = "config.yaml"
# What runs inside the router.
_PROGRAMS = tuple(Path(__file__).with_name(name) for name in ("access.py", "mistakes.py"))


def config_map(context: Context, settings: RouterSettings, pools: Iterable[Pool]) -> ConfigMap:
    """Return the ConfigMap with configuration, programs, and the routes for readers."""
    found = routes(pools)
    written = config(found, settings, context.settings.server.longest_answer)
    data = {
        CONFIG: yaml.dump(written, Dumper=yaml.CSafeDumper, sort_keys=False),
        "keys.json": f"{json.dumps(openings(settings), indent=1)}\n",
        ROUTES_FILE: f"{json.dumps(pools_by_name(found), indent=1)}\n",
        **{program.name: program.read_text(encoding="utf-8") for program in _PROGRAMS},
    }
    return ConfigMap(
        metadata=metadata(context, content_name(f"{OBJECT}-config", data), ROUTER_PODS),
        data=data,
        immutable=True,
    )


def volume(found: ConfigMap) -> Volume:
    """Return the volume that holds the files."""
    return Volume(name="config", configMap=ConfigMapVolumeSource(name=name_of(found)))


def mount() -> VolumeMount:
    """Return where the router finds its files; it cannot write there."""
    return VolumeMount(name="config", mountPath=FOLDER, readOnly=True)
