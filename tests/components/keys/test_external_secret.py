from components.keys.api_key import external_secret
from settings.keys import ExternalKey
from tests.samples import context


def test_a_secret_of_the_same_name_is_filled_and_goes_with_it():
    source = ExternalKey.model_validate({"store": {"name": "vault"}, "remoteKey": "a/b"})
    found = external_secret(context(), "name", "key", source).to_dict()

    assert (found["apiVersion"], found["kind"]) == ("external-secrets.io/v1", "ExternalSecret")
    assert found["metadata"]["name"] == found["spec"]["target"]["name"] == "name"
    assert found["spec"]["target"]["creationPolicy"] == "Owner"
    assert found["spec"]["secretStoreRef"] == {"name": "vault", "kind": "SecretStore"}
    assert "property" not in found["spec"]["data"][0]["remoteRef"]
