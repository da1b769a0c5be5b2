from gitops.adoption.entries import fetched_files, requested
from tests.gitops.adoption.namespaces import hand_made, only_workload, pod_of, texts


def test_a_file_to_fetch_is_an_entry():
    hub = "huggingface://owner/repo/phi.gguf"
    entries, remarks = requested(only_workload(hand_made(args=[hub])), "kubectl")

    assert remarks == ()
    assert entries[0].keys["name"] == "phi"
    assert entries[0].keys["download_files"] == [{"filename": "phi.gguf", "uri": hub}]


def test_a_name_of_a_gallery_is_reported_with_the_way_to_its_definition():
    env = [
        {"name": "MODELS", "value": "phi-2, hermes"},
        {"name": "PRELOAD_MODELS", "value": '[{"url": "github:a/b/c.yaml", "name": "gpt"}]'},
    ]
    entries, remarks = requested(only_workload(hand_made(env=env)), "kubectl --namespace ai")

    assert entries == ()
    for name in ("MODELS: phi-2", "MODELS: hermes", "PRELOAD_MODELS: gpt"):
        assert f"variable {name}: is the name of a gallery's model" in texts(remarks)
    assert "kubectl --namespace ai exec deployment/localai -- cat /models/NAME.yaml" in texts(
        remarks
    )


def test_a_wish_with_a_password_is_shown_without():
    env = [{"name": "PRELOAD_MODELS", "value": '[{"url": "https://u:hush@a.test/m?k=hush"}]'}]
    _, remarks = requested(
        only_workload(hand_made(env=env, args=["https://u:hush@a/b"])), "kubectl"
    )

    assert len(remarks) == 2
    assert "hush" not in texts(remarks)


def test_a_list_that_is_no_json_asks_for_nothing():
    env = [{"name": "PRELOAD_MODELS", "value": "{"}]

    assert requested(only_workload(hand_made(env=env)), "kubectl") == ((), ())


def test_init_containers_tell_addresses_but_no_passwords():
    objects = hand_made()
    script = 'URLS="https://a.test/one.gguf ,https://u:hush@a.test/two.gguf"; wget "$URLS"'
    pod_of(objects)["initContainers"] = [{"name": "load", "args": ["-c", script]}]

    assert fetched_files(only_workload(objects)) == {"one.gguf": "https://a.test/one.gguf"}
