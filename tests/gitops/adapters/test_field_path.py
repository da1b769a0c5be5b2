import pytest

from gitops.adapters.pulumi import named_path

OBJECT = {
    "metadata": {"annotations": {"pulumi.com/skipAwait": "true"}},
    "spec": {
        "containers": [{"name": "main", "env": [{"name": "HOME"}, {"name": "PATH"}]}],
        "tolerations": [{"key": "a"}],
    },
}


@pytest.mark.parametrize(
    ("engine", "plan"),
    [
        ("spec.replicas", "spec.replicas"),
        ("spec.containers[0].env[1].value", "spec.containers[main].env[PATH].value"),
        ("spec.tolerations[0].key", "spec.tolerations[0].key"),
        (
            'metadata.annotations["pulumi.com/skipAwait"]',
            "metadata.annotations.pulumi.com/skipAwait",
        ),
        # What is not in the object any more has no name.
        ("spec.containers[3].image", "spec.containers[3].image"),
        ("spec.containers[main].image", "spec.containers.main.image"),
    ],
)
def test_a_path_of_the_engine_is_written_as_in_a_plan(engine: str, plan: str):
    assert named_path(engine, OBJECT) == plan
