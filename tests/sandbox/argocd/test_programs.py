from pathlib import Path

import pytest

from sandbox.argocd import programs
from sandbox.argocd.programs import places
from sandbox.cluster.layout import layout

LAYOUT = layout("a", Path("/state"))
PLACES = places(LAYOUT)
ARGOCD = [
    programs.repo_server(LAYOUT, PLACES),
    programs.application_controller(LAYOUT, PLACES),
    programs.api_server(LAYOUT, PLACES),
]


def test_what_others_could_reach_listens_on_loopback_only():
    for program in (programs.repo_server, programs.api_server):
        assert "--address=127.0.0.1" in program(LAYOUT, PLACES).arguments
    cache = programs.redis(PLACES).arguments
    assert cache[cache.index("--bind") + 1] == "127.0.0.1"


def test_the_cache_writes_nothing_to_disk():
    arguments = programs.redis(PLACES).arguments
    assert arguments[arguments.index("--save") + 1] == ""
    assert arguments[arguments.index("--appendonly") + 1] == "no"


@pytest.mark.parametrize("program", ARGOCD, ids=lambda program: program.name)
def test_the_cluster_it_runs_in_is_the_sandbox(program: programs.Program):
    assert program.environment["KUBECONFIG"] == str(LAYOUT.kubeconfig)
    assert program.environment["ARGOCD_FAKE_IN_CLUSTER"] == "true"


@pytest.mark.parametrize("program", ARGOCD, ids=lambda program: program.name)
def test_nothing_of_the_machines_user_is_read(program: programs.Program):
    paths = {key: value for key, value in program.environment.items() if key.endswith("_PATH")}
    for path in (*paths.values(), program.environment["HOME"], program.environment["TMPDIR"]):
        assert Path(path).is_relative_to(PLACES.root)


@pytest.mark.parametrize("program", ARGOCD, ids=lambda program: program.name)
def test_its_scripts_are_found_before_the_machines(program: programs.Program):
    assert program.environment["PATH"].split(":")[0] == str(PLACES.programs)


def test_programs_start_in_the_order_in_which_they_need_each_other():
    assert programs.NAMES == ("redis-server", "argocd-repo-server", "argocd-application-controller")
