from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops.promotion.facts import Facts, Health, Proof
from gitops.promotion.gates import GATES, Judged, judged, refusing
from settings.promotion import GateName, PromotionSettings, Seen
from settings.served import ServedVersion

NOW = datetime(2027, 3, 10, 10, 0, tzinfo=UTC)  # a Wednesday
RELEASE, OTHER = "sha256:" + "1f" * 32, "sha256:" + "2e" * 32


def settings(**values: Any) -> PromotionSettings:
    return PromotionSettings.model_validate({"from": "staging", **values})


PROOF = Proof(
    file="smoke.json", kind="smoke", stack="staging", release=RELEASE, time=NOW - timedelta(days=1)
)


def proof(**values: Any) -> Proof:
    return replace(PROOF, **values)


def facts(**values: Any) -> Facts:
    usual = Facts(
        now=NOW, settings=settings(), source="staging", target="production", release=RELEASE,
        servers=("v4.9.0", "v4.9.0"), proofs=(PROOF,),
    )  # fmt: skip
    return replace(usual, **values)


def gate(name: GateName, **values: Any) -> Judged:
    (found,) = [one for one in judged(facts(**values)) if one.gate.name is name]
    return found


def said(found: Judged) -> str:
    return f"{found.outcome.figure}; {found.outcome.cure}"


def version(**metrics: str) -> ServedVersion:
    fields = {"model": "digits", "version": 2, "semver": "1.1.0", "digest": OTHER, "size": 7,
              "metrics": metrics, "image": "a.example/predict:1"}  # fmt: skip
    return ServedVersion.model_validate(fields)


LEAST = {"accuracy": Decimal("0.90"), "f1": Decimal("0.85")}


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        (
            {"accuracy": "0.8999", "f1": "0.9"},
            "digits 1.1.0 has 0.8999; it must reach 0.90; declare",
        ),
        ({"f1": "0.9"}, "digits 1.1.0 has none; it must reach 0.90; declare a version in staging"),
    ],
)
def test_a_served_model_that_is_worse_than_asked_or_unmeasured_is_refused(
    metrics: dict[str, str], words: str
):
    found = gate(GateName.ACCURACY, served={"digits": version(**metrics)}, least=LEAST)

    assert not found.passes
    assert said(found).startswith(words)
    assert gate(GateName.F1, served={"digits": version(**metrics)}, least=LEAST).passes


def test_every_served_model_is_judged():
    both = {"a": version(accuracy="0.99", f1="0.86"), "b": version(accuracy="0.90", f1="0.84")}

    assert gate(GateName.ACCURACY, served=both, least=LEAST).outcome.figure == (
        "a has 0.99; b has 0.90; it must reach 0.90"
    )
    assert gate(GateName.F1, served=both, least=LEAST).outcome.figure == (
        "b 1.1.0 has 0.84; it must reach 0.85"
    )


@given(st.decimals(0, 1, places=4), st.decimals(0, 1, places=4))
def test_a_metric_holds_exactly_from_what_is_asked_on(metric: Decimal, asked: Decimal):
    found = gate(
        GateName.ACCURACY, served={"digits": version(accuracy=f"{metric:f}", f1="1")},
        least={"accuracy": asked, "f1": Decimal(0)},
    )  # fmt: skip

    assert found.passes == (metric >= asked)


def test_what_a_stack_does_not_ask_is_no_gate():
    names = [one.gate.name for one in judged(facts())]

    assert names == [
        "same-server", "smoke-evidence", "fits", "rules-hold"
    ]  # fmt: skip
    assert refusing(judged(facts()), merge=True) == ()


def test_every_gate_has_a_name_of_its_own_in_the_order_of_their_names():
    assert [one.name for one in GATES] == list(GateName)


@pytest.mark.parametrize(
    ("proofs", "words"),
    [
        (
            (),
            "there is none; make it with `localai-gitops verify staging --url URL --evidence "
            "smoke.json`, and give it with --evidence",
        ),
        ((proof(stack="dev"),), "smoke.json is of stack dev, not of staging; "),
        ((proof(release=OTHER),), "smoke.json is of release sha256:2e2e2e2e2e2e, and staging has"),
        ((proof(time=NOW - timedelta(days=8)),), "2027-03-02 10:00 UTC, which is older than 7d"),
        ((proof(time=NOW + timedelta(hours=1)),), "which is in the future; set the clock right"),
        ((proof(lacks=("chat does not answer", "b")),), "smoke.json: chat does not answer; b"),
        ((proof(kind="load"),), "there is none"),
    ],
)
def test_evidence_that_does_not_count_is_told(proofs: tuple[Proof, ...], words: str):
    found = gate(GateName.SMOKE, proofs=proofs)

    assert not found.passes
    assert words in said(found)


def test_evidence_of_the_future_hides_none_that_counts():
    ahead = proof(file="ahead.json", time=NOW + timedelta(hours=1))
    found = gate(GateName.SMOKE, proofs=(proof(), ahead))

    assert found.passes
    assert said(found).startswith("smoke.json of ")


def test_the_newest_evidence_of_the_release_counts():
    old = proof(file="old.json", time=NOW - timedelta(days=30))
    found = gate(GateName.SMOKE, proofs=(proof(release=OTHER), proof(), old, proof(stack="dev")))

    assert found.passes
    assert said(found).startswith(
        "smoke.json of 2027-03-09 10:00 UTC, which counts until 2027-03-16"
    )


def test_figures_are_the_same_later_on_the_same_day():
    early, late = (judged(facts(now=NOW + timedelta(hours=one))) for one in (0, 5))

    assert early == late


@pytest.mark.parametrize("kind", ["load", "evaluate"])
def test_other_evidence_is_asked_where_it_has_an_age(kind: str):
    asked = settings(evidence={kind: "14d"})
    missing = gate(GateName(f"{kind}-evidence"), settings=asked)
    there = gate(
        GateName(f"{kind}-evidence"), settings=asked, proofs=(proof(kind=kind),)
    )  # fmt: skip

    assert (missing.passes, there.passes) == (False, True)
    assert f"accept {kind} staging" in said(missing)


def test_health_that_was_not_asked_does_not_hold():
    asked = settings(health=["operator", "argo", "verify"])
    seen = {Seen.OPERATOR: Health(holds=True, words="succeeded"),
            Seen.ARGO: Health(holds=False, words="Degraded", cure="look at it")}  # fmt: skip
    found = [gate(one, settings=asked, health=seen)
             for one in (GateName.OPERATOR, GateName.ARGO, GateName.VERIFIED)]  # fmt: skip

    assert [one.passes for one in found] == [True, False, False]
    assert said(found[1]) == "Degraded; look at it"
    assert "was not asked; give --context" in said(found[2])


def test_what_does_not_fit_is_told_and_nothing_is_said_of_rules():
    found = judged(facts(problems=("too large",), budget=5, rules=("x",)))

    (fits,) = refusing(found, merge=False)
    assert said(fits).startswith("too large; fix it in Pulumi.production.yaml")


def test_only_some_of_many_problems_are_told():
    found = gate(GateName.RULES, rules=tuple(f"problem {one}" for one in range(9)))

    assert "problem 4; and 4 more; fix them in production" in said(found)


@pytest.mark.parametrize(("cost", "holds"), [("5.00", True), ("5.01", False), ("0", True)])
def test_the_budget_is_the_most(cost: str, holds: bool):
    found = gate(GateName.BUDGET, budget=5, cost=Decimal(cost))

    assert found.passes is holds
    assert "of $5.00/h list" in said(found)


def test_a_license_is_allowed_whatever_its_letters():
    allowed = settings(licenses=["Apache-2.0", "MIT"])
    good = gate(GateName.LICENSES, settings=allowed, licenses={"a": "apache-2.0"})
    bad = gate(GateName.LICENSES, settings=allowed, licenses={"a": "MIT", "b": "other"})

    assert (good.passes, bad.passes) == (True, False)
    assert said(bad).startswith("b has other; ")


@pytest.mark.parametrize(
    ("since", "holds", "words"),
    [
        ((NOW - timedelta(hours=24), "abcdef012345"), True, "(abcdef0), which is 24h or more"),
        ((NOW - timedelta(hours=23), "abcdef012345"), False, "wait until 2027-03-10 11:00 UTC"),
        (None, False, "git fetch --unshallow"),
    ],
)
def test_a_release_soaks_as_long_as_it_is_told(since: Any, holds: bool, words: str):
    found = gate(GateName.SOAKED, settings=settings(soak="24h"), since=since)

    assert found.passes is holds
    assert words in said(found)


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        ("2027-03-10T08:00", True), ("2027-03-10T07:59", False), ("2027-03-10T15:00", False),
        ("2027-03-13T10:00", False), ("2027-07-14T07:00", True),
    ],
)  # fmt: skip
def test_a_window_is_in_its_own_time_zone_and_asked_at_the_merge(moment: str, holds: bool):
    window = {"days": ["mon", "wed"], "from": "09:00", "until": "16:00",
              "timeZone": "Europe/Vienna"}  # fmt: skip
    now = datetime.fromisoformat(f"{moment}+00:00")
    asked = facts(settings=settings(window=window), now=now, proofs=(proof(time=now),))

    assert refusing(judged(asked), merge=False) == ()
    assert (not refusing(judged(asked), merge=True)) is holds


def test_a_time_zone_that_is_not_known_lets_nothing_be_merged():
    window = {"days": ["mon"], "from": "09:00", "until": "16:00", "timeZone": "Middle/Earth"}

    assert "Middle/Earth is not known here" in said(
        gate(GateName.WINDOW, settings=settings(window=window))
    )


def test_approvals_are_counted_at_the_merge():
    asked = settings(approvals=2)
    none, one, two = (
        gate(GateName.APPROVED, settings=asked, approvals=who)
        for who in (None, frozenset({"ada"}), frozenset({"ada", "grace"}))
    )

    assert [found.passes for found in (none, one, two)] == [False, False, True]
    assert [found.outcome.figure for found in (none, two)] == ["0 of 2", "2 of 2: ada, grace"]


def test_another_server_than_the_proven_one_is_told():
    assert "proven on v4.9.0, and production runs v4.8.0" in said(
        gate(GateName.SAME_SERVER, servers=("v4.9.0", "v4.8.0"))
    )


def waiver(until: str) -> dict[str, str]:
    return {"gate": "smoke-evidence", "reason": "The probe is being replaced.", "name": "Ada",
            "until": until}  # fmt: skip


@pytest.mark.parametrize(
    ("until", "passes", "words"),
    [
        ("2027-03-10", True, "there is none"),
        ("2027-03-09", False, "its waiver ran out on 2027-03-09; "),
        ("2028-03-20", False, "its waiver ends on 2028-03-20, more than a year from now; "),
    ],
)
def test_a_waiver_counts_until_its_day_and_a_year_at_most(until: str, passes: bool, words: str):
    found = gate(GateName.SMOKE, settings=settings(waivers=[waiver(until)]), proofs=())

    assert (found.passes, found.waiver is not None) == (passes, passes)
    assert not found.outcome.holds
    assert words in said(found)


def test_a_waiver_of_another_gate_waives_nothing():
    other = {**waiver("2027-03-10"), "gate": "fits"}

    assert not gate(GateName.SMOKE, settings=settings(waivers=[other]), proofs=()).passes


def test_a_release_that_is_blocked_is_not_promoted():
    found = gate(GateName.NOT_BLOCKED, blocked="it answered nonsense")

    assert said(found) == "it is blocked: it answered nonsense; give staging another release"


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.text(max_size=20))
def test_facts_of_any_time_are_judged(now: datetime, words: str):
    every = settings(
        evidence={"smoke": "1m", "load": "9999d", "evaluate": "1h"}, soak="9999d", approvals=1,
        licenses=["MIT"], health=["argo"],
    )  # fmt: skip
    known = facts(settings=every, now=now.replace(tzinfo=UTC), licenses={words: words})

    assert len(judged(replace(known, since=(NOW, words)))) == 10
