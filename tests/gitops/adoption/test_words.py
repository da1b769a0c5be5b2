from dataclasses import replace

from gitops.adoption.adoption import adoption
from gitops.adoption.remark import lost
from gitops.adoption.report import adoption_markdown, adoption_text
from tests.gitops.adoption.namespaces import PHI_FACTS, SIZES, chart, found, hand_made, request

MADE = adoption(found(hand_made()), request(SIZES))


def test_a_report_says_what_happens_and_whether_anybody_waits():
    text = adoption_text(MADE, tuple(MADE.files))

    assert text.startswith("Wrote Pulumi.home.yaml, ")
    assert "Downtime: yes" in text
    for heading in ("Not expressible", "Changed by the first up", "Taken over"):
        assert f"\n{heading}\n" in text
    assert "Wrong today" not in text


def test_without_a_claim_of_one_node_nobody_waits():
    made = adoption(found(chart()), request(PHI_FACTS))

    assert "Downtime: no" in adoption_text(made, ())


def test_markdown_has_headings_lists_and_commands():
    text = adoption_markdown(MADE, ("a",))

    assert text.startswith("## Adoption of ai\n")
    assert "\n### Changed by the first `up`\n\n- " in text
    assert "\n   ```sh\n   pulumi stack init home\n" in text


def test_what_comes_from_outside_stays_on_its_line():
    strange = replace(MADE, remarks=(lost("model a\nTaken over", "\x1b[2J"),))

    assert "\x1b" not in adoption_text(strange, ())
    assert "\nTaken over" not in adoption_text(strange, ())


def test_nothing_to_take_over_is_said_without_what_an_adoption_would_change():
    made = replace(MADE, files={})

    assert "nothing was written" in adoption_text(made, ())
    for text in (adoption_text(made, ()), adoption_markdown(made, ())):
        assert "Not expressible" in text
        assert "Taken over" not in text
        assert "Changed by" not in text
