"""The readers of what others write, each with what it reads first."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from documents.problem import RefusedError
from documents.reader import read
from documents.validation import problems
from fetch.marker import VERSION as MARKER_VERSION
from fetch.marker import marker_path, read_marker
from fetch.transfer import known_type
from fetch.volume import Volume
from fetch.weight_set import WeightsError, read_set, set_digest
from gitops.adoption.adoption import adoption
from gitops.adoption.entries import entries_of
from gitops.adoption.layouts.reader import read_layout
from gitops.adoption.report import adoption_document, adoption_markdown, adoption_text
from gitops.adoption.running import objects_in, running
from gitops.adoption.trial import refusals
from gitops.authoring.gguf import TruncatedError, UnreadableHeadError, network
from gitops.authoring.hub import UnreadableHubError, repository
from gitops.authoring.migration import migration
from gitops.authoring.model_file import Chosen, candidates, chosen, model_text
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import LARGEST as LARGEST_COMMENT
from gitops.planning.output.markdown import markdown
from gitops.planning.output.received import NoPlanError, received
from gitops.planning.plan import Plan, removed_stack, stack_plan
from gitops.planning.rendering.rendering import (
    INDEX,
    Rendering,
    UnreadableRenderingError,
    other_form,
    read_folder,
)
from gitops.registry.onnx import OnnxError, architecture
from gitops.validation.judgement import Judgement
from hardware.profiles import PROFILES
from models.catalog import Catalog, read_catalog
from models.definition import Definition
from sandbox.models.gguf import gguf as write_head
from settings.file import stack_file
from tests.fuzz.run import Target
from tests.gitops import onnx_files
from tests.gitops.adoption.layouts.samples import EVERY
from tests.gitops.adoption.namespaces import NAMESPACE, chart, hand_made, listed, request
from tests.gitops.authoring.test_gguf import QWEN
from tests.gitops.authoring.test_gguf import head as gguf_head
from tests.gitops.authoring.test_hub import DIGEST, REPOSITORY
from tests.gitops.authoring.test_hub import answer as hub_answer
from tests.gitops.planning.output.test_escape import PAYLOADS, assert_dead
from tests.gitops.stacks import rendered
from tests.gitops.stacks import stack_file as small_stack
from tests.support.project import PROJECT
from tests.test_layout import ROOT

FILE = f"weights/{'0' * 64}/a.gguf"
SET = set_digest([FILE])
CORPUS = Path(__file__).with_name("corpus")
_OURS = "tests/data/project"
SHORT = b"config:\n  localai:pools: {chat: {models: [a], storage: {size: 1Gi}}}\n"


def stack(data: bytes) -> object:
    """Read a stack file, with what the engine finds in it."""
    return type(stack_file("dev", read(data, name="Pulumi.dev.yaml")))


def model(data: bytes) -> object:
    """Read a model definition."""
    document = read(data, name="models/a.yaml", floats=True)
    try:
        return Definition.model_validate(document.value).kind
    except ValidationError as error:
        raise RefusedError(map(document.placed, problems(error, Definition))) from None


def entries(data: bytes) -> object:
    """Read the model entries of a ConfigMap's key."""
    return len(entries_of("a", data.decode("utf-8", "replace")))


def adopt(data: bytes) -> object:
    """Read the objects of a namespace, and print all that comes of them."""
    made = adoption(running(NAMESPACE, objects_in(data, "objects")), request())
    text = adoption_text(made, ())
    if not text.replace("\n", "").isprintable():
        raise AssertionError("a terminal would obey this")
    json.dumps([adoption_document(made, ()), dict(made.files)]).encode()
    adoption_markdown(made, ()).encode()
    return sorted({one.fate for one in made.remarks})


def _approve(text: str, fresh: Catalog) -> Judgement:
    del text, fresh
    return Judgement()


def migrate(data: bytes) -> object:
    """Read a file of any older form, and print and write all that comes of it."""
    asked = request(kubectl="", gpu="nvidia-l4")
    made = migration(read_layout(data, "file"), "file", asked, _CATALOG, _approve)
    if not adoption_text(made, ()).replace("\n", "").isprintable():
        raise AssertionError("a terminal would obey this")
    json.dumps([adoption_document(made, ()), dict(made.files)]).encode()
    if refusals(
        made.stack, {name: text for name, text in made.files.items() if "/" in name}, PROFILES
    ):
        raise AssertionError("a model file that no check accepts")
    return made.source, sorted({one.fate for one in made.remarks})


_CATALOG = read_catalog(PROJECT)


def gguf(data: bytes) -> object:
    """Read the head of a file of weights, and write the model file that comes of it."""
    found = network(data)
    made = Chosen(
        url="https://h.test/a.gguf", sha256=DIGEST, size=9, license="MIT", origin="h.test"
    )
    return len(model_text(made, found, "a", None)) and found.window is None


def hub(data: bytes) -> object:
    """Read a hub's answer, and write the model file of each file that it offers."""
    found = repository(data)
    made = [chosen(found, REPOSITORY, one) for one in candidates(found, REPOSITORY, None, None)]
    return [len(model_text(one, network(_HEAD), None, None)) for one in made[:3]]


_HEAD = gguf_head()


def comment(path: Path) -> object:
    """Read a plan that somebody else's code made, and write the comment that shows it."""
    document = received(path)
    said = markdown(document)
    if len(said) > LARGEST_COMMENT:
        raise AssertionError("a comment that no server takes")
    assert_dead(said)
    return len(document["stacks"]), "Summarized" in said


def _in_file(name: str, use: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Return a reader of bytes for one that opens a file of its own."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (thousands a second)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / name).parent.mkdir(exist_ok=True)
    # Opened once: a reader under test may not open any file to write.
    file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)

    def reader(data: bytes) -> object:
        os.ftruncate(file, 0)
        os.pwrite(file, data, 0)
        return use(folder / name)

    return reader


def weights(path: Path) -> object:
    """Read a set of weights, a mark of a fetched one, and the head of a file of weights."""
    sizes = read_marker(Volume(path.parents[1]), path.stem)
    with path.open("rb") as file:
        head = file.read(4)
    kinds = [known_type(f"a{end}", head, 10) for end in (".gguf", ".bin", ".safetensors")]
    try:
        _, files = read_set(path, allow_http=False)
    except WeightsError as error:
        raise WeightsError(f"{len(sizes) > 0} {kinds} {error}") from None
    return len(files) > 0, kinds


def parts(path: Path) -> object:
    """Read the rendering of a base, compare this one with it, and write the plan in each form."""
    base = read_folder(path.parent)
    with other_form():
        stack = stack_plan(base, HEAD)
    plan = Plan(base="a", compared=True, stacks=(stack, removed_stack(base)))
    document = plan_document(plan)
    json.dumps(document).encode("utf-8", "surrogatepass")
    return len(markdown(document)) // 1000


def _head() -> Rendering:
    """Return a small stack whose objects are in its list, but for the longest ones."""
    config = small_stack()
    del config["pools"]["talk"]
    whole = rendered(config)
    short = (replace(one, file=None) for one in whole.parts if len(str(one)) < 2000)
    return replace(whole, parts=tuple(short))


HEAD = _head()


def _files(*patterns: str, largest: int = 6000) -> Iterator[bytes]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            data = path.read_bytes()
            if len(data) <= largest:
                yield data


def _indices() -> Iterator[bytes]:
    """Yield renderings: as it is, of few objects, and with one in a file that is not there."""
    few = tuple(one for one in HEAD.parts if one.object)[-3:]
    for made in (HEAD, replace(HEAD, parts=few)):
        yield TypeAdapter(Rendering).dump_json(made, exclude_defaults=True)
    absent = replace(HEAD, parts=(replace(few[0], file="a.yaml", object=None),))
    yield TypeAdapter(Rendering).dump_json(absent, exclude_defaults=True)


def _sets() -> Iterator[bytes]:
    """Yield a set of weights, and the mark of one that was fetched."""
    file = {"path": FILE, "url": "https://h.test/a.gguf", "sha256": "0" * 64}
    seen = {"path": FILE, "size": 5, "mtime": 1, "inode": 1, "looked": 1}
    for version, one in ((1, {**file, "size": None, "about": 5}), (MARKER_VERSION, seen)):
        yield json.dumps({"version": version, "digest": SET, "files": [one]}).encode()


def _heads() -> Iterator[bytes]:
    """Yield heads of files of weights, of each kind of network."""
    yield gguf_head()
    yield gguf_head(qwen3__attention__head_count_kv=[8, 0, 0, 4], qwen3__pooling_type=2)
    sliding = {"qwen3.attention.sliding_window": 512, "qwen3.attention.sliding_window_pattern": 6}
    yield write_head({**QWEN, **sliding, "general.flag": True, "general.scale": 0.5}, {})


def _onnx() -> Iterator[bytes]:
    """Yield ONNX models: with a graph in a graph, with weights, with types of types."""
    inner = onnx_files.field(6, onnx_files.node("Identity", "ai.onnx.ml"))
    yield onnx_files.model(onnx_files.graph(onnx_files.node("If", "", inner), onnx_files.weights()))
    listed = onnx_files.field(4, onnx_files.field(1, onnx_files.tensor_type()))
    yield onnx_files.model(onnx_files.INPUT + onnx_files.value(12, "y", listed))


def _plans() -> Iterator[bytes]:
    """Yield plans, recorded ones and some with what was live once."""
    for name in ("stack-deleted", "claim-shrunk", "chart-added"):
        plan = json.loads((ROOT / "tests/golden" / name / "preview.json").read_bytes())
        yield json.dumps(plan).encode()
    for text in PAYLOADS.values():
        yield json.dumps({**plan, "base": text, "cost_change": text}).encode()


def onnx(data: bytes) -> None:
    found = architecture(data)
    assert found.signature
    assert found.digest.startswith("sha256:")


def targets() -> list[Target]:
    """Return every target, with what failed once first."""
    listings = [json.dumps(listed(one)).encode() for one in (hand_made(), chart())]
    copied = listings[0].replace(b"\\n", b"\n")
    yamls = (one["data"] for one in (*hand_made(), *chart()) if one["kind"] == "ConfigMap")
    texts = [text.encode() for data in yamls for text in data.values()]
    made = (
        ("stack", stack, [SHORT, *_files(f"{_OURS}/*.yaml", "tests/broken/values/*.yaml")],
         (RefusedError,)),
        ("model", model, [*_files(f"{_OURS}/models/*.yaml", "tests/broken/models-values/*.yaml")],
         (RefusedError,)),
        ("entries", entries, texts, (RefusedError,)),
        ("adopt", adopt, [*listings, copied], (RefusedError,)),
        ("migrate", migrate, [text.encode() for text in EVERY.values()], (RefusedError,)),
        ("weights", _in_file(marker_path(SET), weights), [*_sets(), b"GGUF\x03\0\0\0"],
         (WeightsError,)),
        ("gguf", gguf, [*_heads()], (TruncatedError, UnreadableHeadError, RefusedError)),
        ("hub", hub, [hub_answer(), hub_answer("mit", ("a-Q4_K_M.gguf", "b/c.gguf", "x.md"))],
         (UnreadableHubError, RefusedError)),
        ("onnx", onnx, [*_onnx()], (OnnxError,)),
        ("parts", _in_file(INDEX, parts), [*_indices()], (UnreadableRenderingError,)),
        ("markdown", _in_file("plan.json", comment), [*_plans()], (NoPlanError,)),
    )  # fmt: skip
    return [
        Target(name=name, read=read, seeds=[*_failed(name), *seeds], refusals=refusals)
        for name, read, seeds, refusals in made
    ]


def _failed(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
