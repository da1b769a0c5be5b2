from sandbox.cluster.netns import enter, exists


def test_a_namespace_is_entered_without_hiding_control_groups():
    assert enter("a") == ["nsenter", "--net=/run/netns/a", "--"]


def test_a_namespace_nobody_made_does_not_exist():
    assert not exists("localai-sandbox-never-made")
