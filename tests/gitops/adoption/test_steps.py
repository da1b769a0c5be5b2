from gitops.adoption.adoption import adoption
from tests.gitops.adoption.namespaces import (
    PHI_FACTS,
    SIZES,
    Object,
    chart,
    found,
    hand_made,
    request,
    service,
)


def titles(objects: list[Object], facts: str) -> list[str]:
    return [step.title for step in adoption(found(objects), request(facts)).steps]


def commands(objects: list[Object], facts: str) -> list[str]:
    steps = adoption(found(objects), request(facts)).steps
    return [command for step in steps for command in step.commands]


def test_pods_that_hold_a_claim_of_one_node_stop_right_before_the_first_up():
    order = titles(hand_made(), SIZES)

    assert order.index("Park the old pods") + 1 == order.index("Apply the stack")


def test_pods_that_share_a_claim_stop_once_the_new_ones_serve():
    order = titles(chart(), PHI_FACTS)

    assert order.index("Apply the stack") + 1 == order.index("Park the old pods")


def test_helm_lets_go_before_anything_is_changed():
    order = titles(chart(), PHI_FACTS)

    assert order[1].startswith("Make Helm forget the release local-ai")


def test_the_provider_exists_before_the_import():
    told = commands(hand_made(), SIZES)
    provider = next(i for i, one in enumerate(told) if "--target" in one)
    imported = next(i for i, one in enumerate(told) if "pulumi import" in one)

    assert provider < imported


def test_the_way_back_starts_the_old_pods_and_turns_the_services_round():
    told = "\n".join(commands(hand_made(), SIZES))

    assert "kubectl --namespace ai scale deployment/localai --replicas=1" in told
    assert '"value": {"app": "localai"}' in told


def test_a_service_that_is_not_taken_over_is_pointed_at_the_new_pods():
    objects = hand_made()
    objects[1] = service("localai", {"app": "localai"}, 80, type="LoadBalancer")
    told = "\n".join(commands(objects, SIZES))

    assert '"localai.gitops/pool": "main"' in told
    assert "pulumi import" not in told
