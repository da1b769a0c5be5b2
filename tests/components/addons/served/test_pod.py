from typing import Any

from components.addons.served.pod import PORT, pod_template
from components.parts.part import plain
from predict.declared import PASSWORD, USER, declared_of
from tests.components.addons.served.stacks import DIGEST, served_args
from tests.components.restricted import violations


def made(stack: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return plain(pod_template(served_args(stack, **fields)))


def both(**fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the container that fetches, and the one that serves."""
    spec = made(**fields)["spec"]
    (first,), (last,) = spec["initContainers"], spec["containers"]
    return first, last


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"] if "value" in one}


def test_it_meets_the_profile_restricted_and_the_server_writes_nothing():
    first, last = both()

    assert violations(made()) == []
    assert {one["securityContext"]["readOnlyRootFilesystem"] for one in (first, last)} == {True}
    written = [[one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")]
               for container in (first, last)]  # fmt: skip
    assert written == [["/model"], []]


def test_it_has_no_token_of_the_cluster():
    assert made()["spec"]["automountServiceAccountToken"] is False


def test_both_containers_are_told_the_declared_version_in_the_programs_own_words():
    for container in both():
        found = declared_of(variables(container))

        assert (found.uri, found.semver, found.digest, found.size) == (
            "models:/digits/2", "1.1.0", DIGEST, 261132,
        )  # fmt: skip


def test_a_model_of_another_name_in_the_registry_is_asked_for_by_that():
    assert declared_of(variables(both(model="Digits.v2")[1])).uri == "models:/Digits.v2/2"


def test_only_what_fetches_has_a_login_and_that_stays_in_its_secret():
    login = {"secret": "mlflow", "password": "word"}
    registry = {"url": "http://mlflow:5000", "namespace": "ml", "login": login}
    first, last = both(registry=registry)

    secrets = [
        {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"]
         if "valueFrom" in one}
        for container in (first, last)
    ]  # fmt: skip
    assert secrets == [
        {USER: {"name": "mlflow", "key": "username"}, PASSWORD: {"name": "mlflow", "key": "word"}},
        {},
    ]


def test_without_a_login_no_secret_is_named():
    assert not [one for container in both() for one in container["env"] if "valueFrom" in one]


def test_traffic_waits_for_a_prediction_and_life_does_not():
    _, last = both()
    paths = {name: last[f"{name}Probe"]["httpGet"]["path"]
             for name in ("startup", "readiness", "liveness")}  # fmt: skip

    assert paths == {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"}
    assert last["ports"] == [{"name": "http", "containerPort": PORT}]


def test_what_it_reserves_is_what_it_may_take_and_what_is_declared():
    for container in both(cpu=3, memory="2Gi"):
        for amounts in container["resources"].values():
            assert (amounts["cpu"], amounts["memory"]) == ("3", "2Gi")
            assert "ephemeral-storage" in amounts


def test_a_core_more_is_a_thread_more():
    assert variables(both(cpu=3)[1])["PREDICT_THREADS"] == "3"


def test_the_folder_of_the_model_holds_it_and_little_more():
    (volume,) = [one for one in made(size=3 * 2**20)["spec"]["volumes"] if one["name"] == "model"]

    assert volume["emptyDir"]["sizeLimit"] == "4Mi"


def test_its_image_can_be_pinned_by_digest_and_mirrored():
    image = "registry.example.com/predict:1.0.0"
    stack = {
        "digests": {image: DIGEST},
        "registry": {"mirrors": {"registry.example.com": "mirror.example.com"}},
    }
    spec = made(stack)["spec"]

    images = {one["image"] for one in (*spec["initContainers"], *spec["containers"])}
    assert images == {f"mirror.example.com/predict:1.0.0@{DIGEST}"}


def test_a_registry_with_a_certificate_of_ones_own_is_trusted_by_what_fetches():
    first = made({"trust": {"configMap": "ca", "key": "bundle.pem"}})["spec"]["initContainers"][0]

    assert variables(first)["SSL_CERT_FILE"] == "/etc/localai-trust/ca.crt"


def test_it_answers_until_no_endpoint_leads_to_it_and_then_ends_in_order():
    spec = made()["spec"]
    pause = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert 0 < pause < spec["terminationGracePeriodSeconds"] - 20
