import dataclasses

import pytest

from localai.release import Server
from localai.server import SERVERS

releases = pytest.mark.parametrize("release", SERVERS.values(), ids=list(SERVERS))
SELF_SOURCED = {"paths", "health", "metrics", "known_issues", "distributed", "sources"}


@releases
def test_every_plain_fact_says_where_it_was_read(release: Server):
    plain = {field.name for field in dataclasses.fields(Server)} - SELF_SOURCED
    assert set(release.sources) == plain
    assert all(release.sources.values())


@releases
def test_every_grouped_fact_says_where_it_was_read(release: Server):
    groups = (release.paths, release.health, release.metrics, *release.known_issues)
    assert all(group.source for group in (*groups, *release.engines.values()))
    assert all(bool(one.options) == bool(one.options_source) for one in release.engines.values())


@releases
def test_a_version_reads_every_setting_we_close_doors_with(release: Server):
    assert set(release.closed_doors) <= release.environment


@releases
@pytest.mark.parametrize("name", ["GUESSING", "HARDWARE_DEFAULTS", "MCP", "GALLERY_ENDPOINT"])
def test_the_doors_that_let_a_server_drift_are_closed(release: Server, name: str):
    assert release.closed_doors[f"LOCALAI_DISABLE_{name}"] == "true"


@releases
def test_every_image_says_which_processors_it_is_built_for(release: Server):
    assert set(release.architectures) == set(release.image_suffixes)


@releases
def test_nested_model_fields_have_their_group(release: Server):
    groups = {name.partition(".")[0] for name in release.model_fields if "." in name}
    assert groups <= release.model_fields
    assert {"parameters.temperature", "template.chat", "alias"} <= release.model_fields


@releases
def test_known_issues_have_names_of_their_own_a_sentence_and_a_cure(release: Server):
    names = [issue.id for issue in release.known_issues]
    assert len(names) == len(set(names))
    assert all(
        one.sentence.endswith((".", ").")) and one.cure[0].islower() for one in release.known_issues
    )


@releases
def test_a_known_issue_is_met_here_or_noted_and_never_only_told(release: Server):
    assert all(bool(one.met_by) != bool(one.applies) for one in release.known_issues)


@releases
def test_scratch_directories_never_hold_weights_or_engines_of_the_system(release: Server):
    paths = release.paths
    assert not {paths.models, paths.backends_system} & set(paths.scratch)


@releases
def test_engines_are_listed_by_their_own_name(release: Server):
    assert all(name == engine.name for name, engine in release.engines.items())


def sources(release: Server) -> list[str]:
    """Return where every fact of a version comes from."""
    groups = (release.paths, release.health, release.metrics, *release.known_issues)
    engines = release.engines.values()
    return [
        *release.sources.values(),
        *(release.distributed.sources.values() if release.distributed else ()),
        *(group.source for group in groups),
        *(engine.source for engine in engines),
        *(engine.options_source for engine in engines if engine.options_source),
    ]


@releases
def test_a_source_says_whether_it_was_read_or_run(release: Server):
    assert {one.partition(": ")[0] for one in sources(release)} <= {"read", "run", "assumed"}


def test_only_a_version_that_ran_says_so():
    ran = {name for name, one in SERVERS.items() if any(s.startswith("run") for s in sources(one))}
    assert ran == {"v4.9.0"}
