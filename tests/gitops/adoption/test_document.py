import json

from gitops.adoption.adoption import adoption
from gitops.adoption.report import adoption_document
from tests.gitops.adoption.namespaces import SIZES, found, hand_made, request


def test_a_document_has_files_remarks_and_steps():
    made = adoption(found(hand_made()), request(SIZES))
    document = json.loads(json.dumps(adoption_document(made, tuple(made.files))))

    assert (document["version"], document["stack"], document["namespace"]) == (1, "home", "ai")
    assert document["written"] == list(made.files)
    assert {"fate", "subject", "text", "cure"} == document["remarks"][0].keys()
    assert {"title", "why", "commands"} == document["steps"][0].keys()
