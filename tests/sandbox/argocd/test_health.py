from pathlib import Path

from sandbox.argocd.start import FOLDER, customizations


def test_a_rule_is_registered_under_its_group_and_kind(tmp_path: Path):
    (tmp_path / "example.com_Thing.lua").write_text("return {}")
    (tmp_path / "README.md").write_text("not a rule")
    assert customizations(tmp_path) == {
        "resource.customizations.health.example.com_Thing": "return {}"
    }


def test_the_rules_are_the_ones_that_users_get():
    assert FOLDER.name == "health"
    assert "resource.customizations.health.pulumi.com_Stack" in customizations()


def test_no_rule_needs_a_library_that_argo_cd_withholds():
    for text in customizations().values():
        assert "string." not in text
        assert "os." not in text
        assert "require" not in text
