"""The dashboard is one file of one name, which Grafana's sidecar finds by its label."""

import json

from components.addons.monitoring.dashboard import dashboard_map
from components.parts.part import plain
from tests.components.addons.monitoring.watched import watched_parts
from tests.samples import LONGEST_NAMESPACE, of_kind, pool_fields, stack


def test_the_sidecar_finds_it_under_a_name_that_stays():
    one, other = (
        plain(dashboard_map(*stack(pools, monitoring={})))
        for pools in (None, {"chat": pool_fields(gpu="nvidia-l4")})
    )
    assert one["metadata"] == other["metadata"]
    assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert one["data"] != other["data"]


def test_two_stacks_write_two_files_into_the_one_folder_of_the_sidecar():
    found = [plain(dashboard_map(*stack(namespace=name, monitoring={}))) for name in ("one", "two")]
    files = [file for one in found for file in one["data"]]
    assert files == ["localai-one.json", "localai-two.json"]
    assert (
        len({json.loads(one["data"][file])["uid"] for one, file in zip(found, files, strict=True)})
        == 2
    )


def test_the_longest_namespace_fits_what_grafana_allows():
    (text,) = plain(dashboard_map(*stack(namespace=LONGEST_NAMESPACE, monitoring={})))[
        "data"
    ].values()
    assert len(json.loads(text)["uid"]) <= 40


def test_it_can_be_left_out():
    assert of_kind("ConfigMap", *watched_parts({"dashboard": False, "modelCheck": False})) == [
        one
        for one in of_kind("ConfigMap", *watched_parts({"modelCheck": False}))
        if one["metadata"]["name"] != "localai-dashboard"
    ]
