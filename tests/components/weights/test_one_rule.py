"""What a model file and a stack file may say of weights, the program that fetches them takes."""

from contextlib import suppress
from ipaddress import ip_network
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from components.weights.weights import set_entry
from documents.rule import broken
from fetch.options import parse
from fetch.weight_set import weight
from models.weights import Weights
from settings.access.downloads import HubSettings, ProxySettings
from settings.access.network import NetworkSettings
from settings.stack.rules.rulebook import STACK_RULES
from settings.stack.stack import StackSettings
from tests.models.entries import WEIGHTS
from tests.samples import keys

HUB_FILE = "https://huggingface.co/owner/name/resolve/main/a.gguf"
ENDINGS = st.sampled_from([".gguf", ".GGUF", ".bin", ".ggml", ".safetensors", "..gguf", ""])
NAMES = st.builds(str.__add__, st.text("aZ0._-+ /\\é", max_size=20), ENDINGS)
HOSTS = st.one_of(
    st.text("aB0.-_", min_size=1, max_size=12),
    st.lists(st.text("a0-", min_size=1, max_size=70), min_size=1, max_size=6).map(".".join),
    st.sampled_from(
        ["10.0.0.1", "8.8.8.8", "169.254.169.254", "168.63.129.16", "1.2.3", "0x7f.1", "localhost",
         "a.localhost", "metadata", "127.0.0.1", "192.0.2.1", "a..b", "-a", "a-", "a.", "010.1.1.1"]
    ),
)  # fmt: skip
PORTS = st.one_of(st.just(""), st.integers(0, 99999).map(":{}".format))
URLS = st.builds("https://{}{}/{}".format, HOSTS, PORTS, st.text("a./%2e[]{}~@:;", max_size=12))
SIZES = st.one_of(
    st.integers(-1, 10**14),
    st.builds("about {} {}".format, st.decimals(0, 10**6, places=3), st.sampled_from(["MB", "GB"])),
)


def taken(model: type[Any], **fields: object) -> Any:
    with suppress(ValidationError):
        return model.model_validate(fields)
    return None


@settings(max_examples=100)
@given(NAMES, st.one_of(URLS, st.just(HUB_FILE)), SIZES)
@example("x.GGUF", HUB_FILE, 1)
@example("x..gguf", HUB_FILE, 1)
@example("x.gguf", "https://" + ".".join(["a" * 60] * 5) + "/x.gguf", 1)
@example("x.gguf", HUB_FILE, "about 10000 GB")
def test_a_file_that_a_model_may_name_is_fetched(name: str, url: str, size: object):
    file = taken(Weights, **{**WEIGHTS, "file": name, "url": url, "size": size})
    if file is not None and file.image is None:
        assert weight(set_entry(file, None), "the set", allow_http=False).path == file.path


@settings(max_examples=100)
@given(HOSTS, PORTS, st.sampled_from(["", "/hf", "/a..b/"]), st.booleans())
@example("10.0.0.1", "", "", False)
@example("10.0.0.1", "", "", True)
@example("a", ":0", "", False)
@example("a", ":70000", "", False)
@example(".".join(["a" * 60] * 5), "", "", False)
def test_a_mirror_that_a_stack_may_name_is_fetched_from(
    host: str, port: str, path: str, named: bool
):
    hub = taken(HubSettings, endpoint=f"https://{host}{port}{path}")
    if hub is None:
        return
    sources = ["10.0.0.0/8"] if named else []
    fields = keys(hub={"endpoint": hub.endpoint}, network={"sources": sources})
    if any(broken(STACK_RULES, StackSettings.model_validate(fields))):
        return
    file = taken(Weights, **{**WEIGHTS, "url": HUB_FILE})
    networks = [ip_network(one) for one in sources]
    assert weight(set_entry(file, hub), "the set", allow_http=False, networks=networks)


@given(st.one_of(st.ip_addresses().map(str), st.text("0123456789abcdef:./", max_size=20)))
@example("::ffff:169.254.169.254/128")
def test_networks_that_a_stack_may_name_are_taken(text: str):
    found = taken(NetworkSettings, sources=[text])
    if found is not None:
        words = ["fetch", "--set", "set.json", "--network", *found.sources]
        assert list(map(str, parse(words, "").networks)) == list(found.sources)


@given(HOSTS, PORTS)
def test_a_proxy_that_a_stack_may_name_is_taken(host: str, port: str):
    found = taken(ProxySettings, url=f"http://{host}{port}", networks=["10.0.0.0/8"])
    if found is not None:
        words = ["fetch", "--set", "set.json", "--proxy", found.url]
        assert parse(words, "").proxy == f"{host}{port}"
