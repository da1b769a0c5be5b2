from localai.versions import v4_8_2, v4_9_0


def test_a_newer_version_keeps_what_an_older_one_read():
    assert v4_8_2.SERVER.environment < v4_9_0.SERVER.environment
    assert v4_8_2.SERVER.model_fields < v4_9_0.SERVER.model_fields


def test_variables_that_came_with_4_9_are_unknown_before():
    new = v4_9_0.SERVER.environment - v4_8_2.SERVER.environment
    assert {"LOCALAI_MODEL_LOAD_WAIT", "LOCALAI_WEBRTC_UDP_PORT"} <= new
    assert len(new) == 6


def test_compression_came_with_4_9():
    assert "compression" in v4_9_0.SERVER.model_fields
    assert "compression" not in v4_8_2.SERVER.model_fields


def test_each_version_names_its_own_release_as_its_source():
    for release in (v4_8_2.SERVER, v4_9_0.SERVER):
        assert release.sources["version"].endswith(release.version)
