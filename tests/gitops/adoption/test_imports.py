from components.checks.resolve import resolve
from components.engine.declaration import urns
from documents.reader import read
from gitops.adoption.adoption import adoption
from gitops.adoption.given import read_facts
from gitops.adoption.pool import Wishes, pool_draft
from gitops.adoption.steps import PROVIDER, import_list, provider_urn
from hardware.profiles import PROFILES
from localai.server import server
from models.catalog import Catalog
from models.definition import Definition
from settings.config import settings_from_config
from settings.file import engine_config
from stack import stack_parts
from tests.gitops.adoption.namespaces import (
    SIZES,
    found,
    hand_made,
    only_workload,
    request,
    with_figures,
)


def test_the_list_names_the_parts_that_the_program_registers():
    files = with_figures(adoption(found(hand_made()), request(SIZES)).files)
    document = read(files["Pulumi.home.yaml"].encode(), name="x")
    models = [
        Definition.model_validate(read(text.encode(), name=name, floats=True).value)
        for name, text in files.items()
        if name.startswith("models/")
    ]
    settings = settings_from_config(engine_config(document))
    context, pools = resolve("home", settings, Catalog(definitions={m.name: m for m in models}))
    parts = {part.name: part for part in stack_parts(context, pools)}
    wishes = Wishes(server=server("v4.9.0"), gpu=None, profiles=PROFILES, entries=(),
                    facts=read_facts(SIZES), kubectl="kubectl")  # fmt: skip
    objects = hand_made()
    draft = pool_draft("main", only_workload(objects), found(objects), wishes)
    listed = import_list("ai", "home", [draft])

    for one in listed["resources"]:
        part = parts[one["name"]]
        assert (part.token, part.parent) == (one["type"], one.get("parent"))
    (service,) = (one for one in listed["resources"] if "id" in one)
    assert service["id"] == "ai/localai"
    known = urns(parts.values(), project="localai", stack="home")
    assert listed["nameTable"] == {PROVIDER: known[PROVIDER]} == {PROVIDER: provider_urn("home")}


def test_a_pool_that_takes_no_service_over_has_nothing_to_import():
    assert import_list("ai", "home", [])["resources"] == []
