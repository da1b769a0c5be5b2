import pytest

from sandbox.toolchain.go import GoError, build_error, check_version


@pytest.mark.parametrize("version", ["1.26.3", "1.26.8", "1.27", "1.30.1"])
def test_a_new_enough_go_is_accepted(version: str):
    check_version(version)


@pytest.mark.parametrize("version", ["1.26.2", "1.26", "1.19.8", "devel"])
def test_an_older_go_is_refused_with_the_version_found(version: str):
    with pytest.raises(GoError, match=rf"1\.26\.3 or newer, and this machine has {version}"):
        check_version(version)


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("go: x@v1: reading proxy: 404 Not Found", "not in the module proxy"),
        ("go: x@v1: unknown revision v1", "not in the module proxy"),
        ("module lookup disabled by GOPROXY=off", "not in the module proxy"),
        ("reading proxy: 403 Forbidden", "not in the module proxy"),
        ("net/http: TLS handshake timeout", "does not answer"),
        ("x509: certificate signed by unknown authority", "does not answer"),
        ("dial tcp: lookup proxy: no such host", "does not answer"),
        ("write /tmp/x: no space left on device", "disk filled up"),
        ("main.go:3: undefined: y", "undefined: y"),
        ("", "it printed nothing"),
    ],
)
def test_a_failed_build_is_told_in_a_sentence(output: str, sentence: str):
    assert sentence in str(build_error(output))
