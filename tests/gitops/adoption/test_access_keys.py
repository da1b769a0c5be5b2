from gitops.adoption.remark import Fate
from gitops.adoption.services import keys_of
from gitops.adoption.workload import SecretKey
from tests.gitops.adoption.namespaces import PLAIN_KEY, hand_made, only_workload, texts


def keys(**container: object):
    return keys_of(only_workload(hand_made(**container)))


def test_a_key_in_a_secret_stays_there():
    assert keys().api_key == SecretKey(secret="keys", key="localai")


def test_a_key_in_plain_text_is_a_fault_and_is_never_shown():
    made = keys(env=[{"name": "API_KEY", "value": PLAIN_KEY}])

    assert made.api_key is None
    assert made.remarks[0].fate is Fate.FAULT
    assert "stands in plain text" in texts(made.remarks)
    assert PLAIN_KEY not in repr(made)


def test_a_key_among_the_arguments_is_as_plain():
    assert keys(env=[], args=[f"--api-keys={PLAIN_KEY}"]).remarks[0].fate is Fate.FAULT


def test_a_secret_of_variables_may_hold_the_key():
    made = keys(env=[], envFrom=[{"secretRef": {"name": "all"}}])

    assert "may be in Secret all" in texts(made.remarks)


def test_without_a_key_clients_are_told_of_the_new_one():
    assert "requests without get 401" in texts(keys(env=[]).remarks)


def test_a_hub_token_in_a_secret_is_taken_over_and_a_plain_one_is_a_fault():
    source = {"secretKeyRef": {"name": "hub", "key": "token"}}
    plain = keys(env=[{"name": "HF_TOKEN", "value": "hf_hush"}])

    assert keys(env=[{"name": "HF_TOKEN", "valueFrom": source}]).hub_token == SecretKey(
        secret="hub", key="token"
    )
    assert "HF_TOKEN stands in plain text" in texts(plain.remarks)
    assert "hf_hush" not in repr(plain)
