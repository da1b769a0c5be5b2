from pathlib import Path

from gitops.promotion.evidence import kept


def test_evidence_that_cannot_be_read_is_none_whether_merged_or_on_the_branch(tmp_path: Path):
    (tmp_path / "evidence/production").mkdir(parents=True)
    (tmp_path / "evidence/production/load.json").symlink_to("/etc/hostname")

    found, wrong = kept(tmp_path, "production", {"evidence/production/smoke.json": b"{}"})

    assert found == ()
    assert [one.partition(".json: ")[0] for one in wrong] == [
        "evidence/production/load", "evidence/production/smoke",
    ]  # fmt: skip
