"""What a pod may write on its node's disk is bounded by what its folders may hold."""

from lightkube.models.core_v1 import EmptyDirVolumeSource, ResourceRequirements, Volume

from components.parts.part import plain
from components.pool.containers import only_logs, scratch
from components.server.server_pod import server_template
from components.weights.job import tmp_volume
from tests.samples import containers, pool

CPU = ResourceRequirements(requests={"cpu": "1"}, limits={"cpu": "2"})
DISK = "ephemeral-storage"


def test_the_limit_is_what_the_folders_may_hold_and_a_log():
    folder = Volume(name="a", emptyDir=EmptyDirVolumeSource(sizeLimit="2Gi"))
    found = plain(scratch(CPU, [folder, tmp_volume(), Volume(name="b")]))

    assert found["limits"] == {"cpu": "2", DISK: "13Gi"}
    assert found["requests"] == {"cpu": "1", DISK: "1Gi"}


def test_a_container_that_writes_nothing_has_room_for_its_log():
    found = plain(only_logs(CPU))

    assert found["limits"] == {"cpu": "2", DISK: "256Mi"}


def test_every_container_of_a_server_is_bounded_and_may_fill_its_folders():
    for container in containers(plain(server_template(pool()))):
        assert container["resources"]["limits"][DISK]
    (server,) = plain(server_template(pool()))["spec"]["containers"]

    assert server["resources"]["limits"][DISK] == "14Gi"


def test_copied_engines_have_room_beside():
    fields = {"server": {"version": "v4.9.0", "engines": "image-volume"}}
    (server,) = plain(server_template(pool(stack_fields=fields)))["spec"]["containers"]

    assert server["resources"]["limits"][DISK] == "29Gi"
