import dataclasses

import pytest

from localai.release import Server
from localai.server import SERVERS

releases = pytest.mark.parametrize("release", SERVERS.values(), ids=list(SERVERS))
SELF_SOURCED = {"paths", "health", "metrics", "holes", "sources"}


@releases
def test_every_plain_fact_says_where_it_was_read(release: Server):
    plain = {field.name for field in dataclasses.fields(Server)} - SELF_SOURCED
    assert set(release.sources) == plain
    assert all(release.sources.values())


@releases
def test_every_grouped_fact_says_where_it_was_read(release: Server):
    groups = (release.paths, release.health, release.metrics, *release.holes)
    assert all(group.source for group in (*groups, *release.engines.values()))
    assert all(bool(one.options) == bool(one.options_source) for one in release.engines.values())


@releases
def test_a_version_reads_every_setting_we_close_doors_with(release: Server):
    assert set(release.closed_doors) <= release.environment


@releases
def test_a_switch_that_opens_a_door_is_never_among_those_that_close_one(release: Server):
    assert release.never_set <= release.environment
    assert not release.never_set & set(release.closed_doors)


@releases
@pytest.mark.parametrize("name", ["GUESSING", "HARDWARE_DEFAULTS", "MCP", "GALLERY_ENDPOINT"])
def test_the_doors_that_let_a_server_drift_are_closed(release: Server, name: str):
    assert release.closed_doors[f"LOCALAI_DISABLE_{name}"] == "true"


@releases
def test_nested_model_fields_have_their_group(release: Server):
    groups = {name.partition(".")[0] for name in release.model_fields if "." in name}
    assert groups <= release.model_fields
    assert {"parameters.temperature", "template.chat", "alias"} <= release.model_fields


@releases
def test_holes_have_names_of_their_own_a_sentence_and_a_cure(release: Server):
    names = [hole.id for hole in release.holes]
    assert len(names) == len(set(names))
    assert all(hole.sentence.endswith((".", ")")) and hole.cure for hole in release.holes)


@releases
def test_scratch_directories_never_hold_weights_or_engines_of_the_system(release: Server):
    paths = release.paths
    assert not {paths.models, paths.backends_system} & set(paths.scratch)


@releases
def test_engines_are_listed_by_their_own_name(release: Server):
    assert all(name == engine.name for name, engine in release.engines.items())
    assert all(engine.relative_options <= engine.options for engine in release.engines.values())
