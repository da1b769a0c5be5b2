"""`make golden`: writes what `preview` says of typical edits; reviewers read the difference."""

from tests.golden.previews import CLUSTER_EDITS, EDITS, README, golden, readme

for name in (*EDITS, *CLUSTER_EDITS):
    for path, text in golden(name):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
README.write_text(readme(), encoding="utf-8")
