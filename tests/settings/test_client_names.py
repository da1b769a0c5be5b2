"""Whatever clients may send reaches every reader as it is: LocalAI, router, PromQL, plan."""

import json
import re
import unicodedata

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from components.addons.router.config_map import CONFIG
from components.server.model_list import model_list
from components.server.scaling import query
from documents.shown import shown
from gitops.planning.output.escape import code, text
from gitops.planning.printable import printable
from gitops.validation.schemas.files import stack_schema
from settings.names import MARKS, client_name
from settings.pool.scaling import ScalingSettings
from stack import stack_parts
from tests.samples import pool, pool_fields, stack


def sent(name: str) -> bool:
    try:
        return client_name(name) == name
    except ValueError:
        return False


SIGNS = st.characters(categories=["L", "N", "M"]) | st.sampled_from(sorted(MARKS))
NAMES = st.text(SIGNS, min_size=1, max_size=40).map(lambda name: unicodedata.normalize("NFC", name))
CLIENT_NAMES = NAMES.filter(sent)


@given(st.text(max_size=60))
def test_a_name_that_is_taken_hides_nothing_and_opens_nothing(name: str):
    if sent(name):
        assert shown(name) == printable(name) == name
        assert not set(name) & set("\"'`\\$<>|{}()[]*, \n")
        assert ".." not in name


@given(CLIENT_NAMES)
def test_the_model_list_says_what_clients_send(name: str):
    found = yaml.safe_load(model_list(pool(aliases={name: "qwen3-0.6b"})))

    assert found[-1] == {"name": name, "alias": "qwen3-0.6b"}


@given(CLIENT_NAMES, NAMES)
def test_the_autoscaler_counts_requests_for_the_name_and_for_no_other(name: str, other: str):
    found = pool(aliases={name: "qwen3-0.6b"})
    said = query(found, ScalingSettings.model_validate({"min": 1, "max": 2, "perMinute": 1}))
    pattern = re.findall(r'=~"([^"]*)"', said)[0]

    assert re.fullmatch(pattern, name)
    assert bool(re.fullmatch(pattern, other)) == (other in (name, *found.settings.models))


@given(CLIENT_NAMES)
def test_markdown_shows_the_name(name: str):
    assert code(name).strip("` ") == name
    assert re.sub(r"\\(?=[!-/:-@\[-`{-~])|&#8203;", "", text(name)) == name


@pytest.mark.thorough
@settings(max_examples=25, deadline=None)
@given(CLIENT_NAMES)
def test_the_router_and_the_model_check_are_told_the_name(name: str):
    context, pools = stack({"chat": pool_fields(aliases={name: "qwen3-0.6b"})}, router={})
    manifests = (part.manifest or {} for part in stack_parts(context, pools))
    data = {key: value for one in manifests for key, value in one.get("data", {}).items()}

    listed = yaml.safe_load(data[CONFIG])["model_list"]
    assert name in {one["model_name"] for one in listed}
    assert f"openai/{name}" in {one["litellm_params"]["model"] for one in listed}
    assert name in json.loads(data["routes.json"])


@pytest.fixture(scope="module")
def pattern() -> str:
    """Return what an editor holds the names of models against."""
    aliases = stack_schema()["$defs"]["PoolSettings"]["properties"]["aliases"]
    return aliases["propertyNames"]["pattern"]


@given(name=CLIENT_NAMES)
def test_an_editor_takes_the_name(pattern: str, name: str):
    assert re.search(pattern, name)


@pytest.mark.parametrize("sign", "\u034f\u115f\u17b4\u180b\u3164\ufe0f\uffa0\U000e0100")
def test_a_sign_that_no_font_shows_makes_no_second_name(sign: str):
    with pytest.raises(ValueError, match="holds") as refused:
        client_name(f"gpt{sign}4")

    assert ascii(sign) in str(refused.value)
