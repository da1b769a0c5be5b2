import pytest

from gitops.adapters.pulumi import cure

INVALID = (
    'Deployment.apps "a" is invalid: spec.template.spec.containers[0].env[28].valueFrom: '
    'Invalid value: "": may not be specified when `value` is not empty'
)


@pytest.mark.parametrize(
    ("words", "helps"),
    [
        (INVALID, "refuses an object"),
        ('conflict with "lens" using apps/v1: .spec.replicas', "refuses an object"),
        ('pods "a" is forbidden: exceeded quota: localai', "refuses an object"),
        ('services "localai-chat" already exists', "An engine was killed"),
        ("the stack is currently locked by 1 lock(s)", "An engine was killed"),
        ("error: no stack named 'dev' found", "pulumi stack init"),
        ("error: PULUMI_ACCESS_TOKEN must be set for login", "pulumi login"),
        ("incorrect passphrase, please set PULUMI_CONFIG_PASSPHRASE", "PASSPHRASE"),
        ("Kubernetes cluster is unreachable: dial tcp: connection refused", "kubeconfig"),
        ("something else", "troubleshooting.md"),
    ],
)  # fmt: skip
def test_the_cure_follows_from_what_the_engine_said(words: str, helps: str):
    assert helps in cure(words)


def test_a_refused_object_has_nothing_to_do_with_the_backend():
    assert "log in" not in cure(INVALID)
