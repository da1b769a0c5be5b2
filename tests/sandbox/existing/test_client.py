import pytest

from sandbox.existing.client import ContextError, ForbiddenError, client
from tests.sandbox.existing.fake_kubectl import FakeKubectl


def silent(_: str) -> None: ...


def test_every_request_names_the_context_and_ends_in_time(kubectl: FakeKubectl):
    kubectl.client.run("get", "pods")
    assert kubectl.asked == ["--context=near get pods --request-timeout=15s"]


def test_an_unknown_context_is_refused_with_the_choice(kubectl: FakeKubectl):
    with pytest.raises(ContextError, match=r"no context 'nera'\. Choose from far, near\."):
        client("nera", silent, lambda _: str(kubectl.program))


def test_without_a_kubeconfig_the_cure_is_told(kubectl: FakeKubectl):
    kubectl.answers("config get-contexts", "")
    with pytest.raises(ContextError, match="Point KUBECONFIG at"):
        client("near", silent, lambda _: str(kubectl.program))


def test_a_broken_kubeconfig_is_told(kubectl: FakeKubectl):
    kubectl.fails("config get-contexts", "error loading config file: yaml: line 3")
    with pytest.raises(ContextError, match=r"cannot be read \(error .*line 3\)"):
        client("near", silent, lambda _: str(kubectl.program))


def test_the_installed_kubectl_is_taken(kubectl: FakeKubectl):
    assert client("far", silent, lambda _: str(kubectl.program)).kubectl == str(kubectl.program)


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("Unable to connect to the server: dial tcp: no such host", "does not answer"),
        ("The connection to the server x:6443 was refused", "does not answer"),
        ("error: You must be logged in to the server", "Log in to the cluster anew"),
        ("Error from server (BadRequest): odd", "refuses a request"),
        ("", "it printed nothing"),
    ],
)
def test_a_failure_is_told_with_its_cure(kubectl: FakeKubectl, output: str, sentence: str):
    kubectl.fails("version", output)
    with pytest.raises(ContextError, match="context 'near'") as raised:
        kubectl.client.read("version")
    assert sentence in str(raised.value)


def test_what_the_user_may_not_do_is_an_error_of_its_own(kubectl: FakeKubectl):
    kubectl.fails("get nodes", 'Error from server (Forbidden): nodes is forbidden: User "a"')
    with pytest.raises(ForbiddenError, match="Ask the cluster's administrator"):
        kubectl.client.read("get", "nodes")
