import json
from typing import Any

import yaml

from components.addons.router.config_map import CONFIG, FOLDER, config_map, mount, volume
from components.network.routing import ROUTES_FILE
from components.parts.part import plain
from tests.components.addons.router.stacks import router_args


def made(**router: Any) -> dict[str, Any]:
    args = router_args(**router)
    return plain(config_map(args.context, args.settings, args.pools))


def test_another_route_or_limit_is_another_name_so_that_pods_restart():
    names = [made(**router)["metadata"]["name"] for router in ({}, {}, {"retries": 3})]

    assert names[0] == names[1] != names[2]
    assert made()["immutable"] is True


def test_it_holds_what_litellm_reads_and_what_it_loads():
    data = made()["data"]
    read = yaml.safe_load(data[CONFIG])
    custom = read["general_settings"]["custom_auth"]
    callback = read["litellm_settings"]["callbacks"][0]

    assert f"{custom.partition('.')[0]}.py" in data
    assert f"{callback.partition('.')[0]}.py" in data
    assert "keys.json" in data


def test_it_lists_its_routes_in_nobodys_format():
    listed = json.loads(made()["data"][ROUTES_FILE])

    assert listed["assistant"] == ["chat"]
    assert listed["whisper-base"] == ["other"]


def test_the_router_reads_it_but_cannot_write_it():
    args = router_args()
    found = config_map(args.context, args.settings, args.pools)

    assert plain(mount())["mountPath"] == FOLDER
    assert plain(mount())["readOnly"] is True
    assert plain(volume(found))["configMap"]["name"] == plain(found)["metadata"]["name"]
