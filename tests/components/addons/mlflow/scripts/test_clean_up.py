from components.addons.mlflow.scripts.clean_up import doomed, kept


def test_what_is_behind_a_version_is_kept():
    found = kept([("run-1", "models:/m-1"), (None, "s3://elsewhere"), ("run-2", None)])

    assert found.runs == {"run-1", "run-2"}
    assert found.models == {"m-1"}
    assert doomed(["run-3", "run-1", "run-3"], found.runs) == ["run-3"]
    assert doomed(["m-1"], found.models) == []
