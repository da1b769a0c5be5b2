"""The readers of what others write, each with what it reads first."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from documents.problem import RefusedError
from documents.reader import read
from documents.validation import problems
from fetch.marker import marker_path, read_marker
from fetch.transfer import known_type
from fetch.volume import Volume
from fetch.weight_set import WeightsError, read_set, set_digest
from gitops.adoption.adoption import adoption
from gitops.adoption.entries import entries_of
from gitops.adoption.placement import UnknownGpuError
from gitops.adoption.report import adoption_document, adoption_markdown, adoption_text
from gitops.adoption.running import UnreadableObjectsError, objects_in, running
from gitops.adoption.workload import NoWorkloadError
from gitops.planning.output.document import plan_document
from gitops.planning.output.markdown import markdown
from gitops.planning.plan import Plan, stack_plan
from gitops.planning.rendering.folder import INDEX, UnreadableRenderingError, read_folder
from gitops.planning.rendering.rendering import Rendering
from models.definition import Definition
from settings.config import SettingsError, settings_from_config
from settings.file import engine_config
from tests.fuzz.run import Target
from tests.gitops.adoption.namespaces import NAMESPACE, chart, hand_made, listed, request
from tests.gitops.stacks import rendered, stack_file
from tests.test_layout import ROOT

FILE = f"weights/{'0' * 64}/a.gguf"
SET = set_digest([FILE])
CORPUS = Path(__file__).with_name("corpus")
_OURS = "tests/data/project"
SHORT = b"config:\n  localai:pools: {chat: {models: [a], storage: {size: 1Gi}}}\n"


def stack(data: bytes) -> object:
    """Read a stack file, up to its settings."""
    document = read(data, name="Pulumi.dev.yaml")
    return type(settings_from_config(engine_config(document)))


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
    plan = Plan(base="a", compared=True, stacks=(stack_plan(base, HEAD),))
    document = plan_document(plan)
    json.dumps(document).encode("utf-8", "surrogatepass")
    return len(markdown(document)) // 1000


HEAD = rendered(stack_file())


def _files(*patterns: str, largest: int = 6000) -> Iterator[bytes]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            data = path.read_bytes()
            if len(data) <= largest:
                yield data


def _index() -> bytes:
    return TypeAdapter(Rendering).dump_json(HEAD, exclude_defaults=True)


def _set() -> bytes:
    file = {"path": FILE, "url": "https://h.test/a.gguf", "sha256": "0" * 64}
    files = [{**file, "size": None, "about": 5}]
    return json.dumps({"version": 1, "digest": SET, "files": files}).encode()


def targets() -> list[Target]:
    """Return every target, with what failed once first."""
    listings = [json.dumps(listed(one)).encode() for one in (hand_made(), chart())]
    copied = listings[0].replace(b"\\n", b"\n")
    yamls = (one["data"] for one in (*hand_made(), *chart()) if one["kind"] == "ConfigMap")
    texts = [text.encode() for data in yamls for text in data.values()]
    refusing = (RefusedError, UnreadableObjectsError, NoWorkloadError, UnknownGpuError)
    made = (
        ("stack", stack, [SHORT, *_files(f"{_OURS}/*.yaml", "tests/broken/values/*.yaml")],
         (RefusedError, SettingsError)),
        ("model", model, [*_files(f"{_OURS}/models/*.yaml", "tests/broken/models-values/*.yaml")],
         (RefusedError,)),
        ("entries", entries, texts, (RefusedError,)),
        ("adopt", adopt, [*listings, copied], refusing),
        ("weights", _in_file(marker_path(SET), weights), [_set(), b"GGUF\x03\0\0\0"],
         (WeightsError,)),
        ("parts", _in_file(INDEX, parts), [_index()], (UnreadableRenderingError,)),
    )  # fmt: skip
    return [
        Target(name=name, read=read, seeds=[*_failed(name), *seeds], refusals=refusals)
        for name, read, seeds, refusals in made
    ]


def _failed(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
