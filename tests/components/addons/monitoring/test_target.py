"""Pods without a Service of their own are found by their labels."""

from components.addons.monitoring.monitors import CHECK, check_target
from tests.samples import LONGEST_POOL, context, pool


def test_the_model_check_is_found_by_its_role_in_its_stack():
    target = check_target(context())
    assert target.labels["app.kubernetes.io/component"] == "model-check"
    assert target.labels["app.kubernetes.io/part-of"] == "localai-test"
    assert target.key is None


def test_no_pool_can_have_its_name():
    assert not CHECK.startswith("localai-")
    assert pool(LONGEST_POOL).object_name.startswith("localai-")
