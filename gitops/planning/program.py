"""What a change does to what the engine follows, and no object shows: the program and its keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from documents.problem import RefusedError
from documents.reader import Value, read
from gitops.adapters.git import Entry, Git
from gitops.planning.difference import differences
from gitops.planning.note import Kind, Note
from gitops.planning.plan import Plan
from gitops.planning.printable import listed, printable
from gitops.planning.project import FILE
from settings.config import PROJECT
from settings.file import ENGINE_KEYS, StackFile
from settings.release import BLOCKED, FOLDER
from settings.stack.delivery import Delivery

# Folders that the engine neither reads nor imports; code that would import them changes first.
_INERT = frozenset(
    (
        "gitops",
        "docs",
        "tests",
        "benchmarks",
        "judges",
        "sandbox",
        "clusters",
        "evidence",
        "rendered",
        ".github",
        ".ci",
    )
)
# What a plan shows of itself.
_DECLARING = ("models", "gpus", "releases")
_LIBRARIES = ("requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", ".python-version")
# What Python can import or run from the top, where it looks before its own libraries.
_RUN = (".py", ".pyc", ".pyd", ".pth", ".so", ".zip")
# What a stack asks of a release, and no object shows.
_ASKED = ("promotion", "acceptance", "budget", "release")
# What lets a release in, beside stack files.
_GATES = (f"{FOLDER}/{BLOCKED}.yaml", "evaluations/")
# One line of a terminal holds about so many.
_MOST = 5


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What changed of what the engine follows: paths, and the stack files as the base has them.

    `news` are the stack files of the other commit where two are compared.
    """

    paths: tuple[str, ...] = ()
    files: Mapping[str, bytes | None]
    news: Mapping[str, bytes | None] = field(default_factory=dict[str, bytes | None])


def followed(git: Git, commit: str, until: str | None = None) -> Followed:
    """Return what differs between a commit and the files here, of what the engine follows.

    With `until`, it is what differs between the two commits.

    Raises:
        GitError: Git cannot read a commit.
    """
    if until:
        pairs = git.between(commit, until, _is_asked)
    else:
        pairs = {path: (one, None) for path, one in git.changed(commit, _is_asked).items()}
    files = {path: pair for path, pair in pairs.items() if _is_stack_file(path)}
    contents = git.contents(one.id for pair in files.values() for one in pair if one)
    olds, news = (
        {path: contents[one.id] if (one := pair[side]) else None for path, pair in files.items()}
        for side in (0, 1)
    )
    paths = tuple(path for path in pairs if path not in files)
    return Followed(paths=paths, files=olds, news=news if until else {})


def _is_asked(entry: Entry) -> bool:
    return _is_followed(entry) or _is_stack_file(entry.path)


def _is_stack_file(path: str) -> bool:
    return path.startswith("Pulumi.") and path.endswith(".yaml") and path != FILE


def _is_followed(entry: Entry) -> bool:
    folder, _, rest = entry.path.partition("/")
    if entry.path.startswith(_GATES):
        return True
    if rest:
        return folder not in _INERT and not (folder in _DECLARING and rest.endswith(".yaml"))
    return entry.is_odd or entry.path in (FILE, *_LIBRARIES) or entry.path.endswith(_RUN)


def with_followed(plan: Plan, changed: Followed, files: Sequence[StackFile]) -> Plan:
    """Return the plan with what each stack's engine follows and no object shows, said first."""
    notes = {
        file.stack: tuple(
            followed_notes(changed, file.document.file, file.document.value, file.settings.delivery)
        )
        for file in files
    }
    stacks = (replace(one, notes=(*notes.get(one.stack, ()), *one.notes)) for one in plan.stacks)
    return replace(plan, stacks=tuple(stacks))


def followed_notes(
    changed: Followed, name: str, after: Mapping[str, Value], delivery: Delivery
) -> Iterator[Note]:
    """Yield what changes for the stack whose file has a name, and holds this after the change."""
    gates = tuple(printable(path) for path in changed.paths if path.startswith(_GATES))
    if gates:
        text = f"what lets a release in changes: {listed(gates, 'file', _MOST)}"
        yield Note(Kind.GATES_CHANGE, gates, text, "read its difference")
    # What Argo CD applies is all in the objects; the engine is not run.
    if delivery is Delivery.OPERATOR:
        yield from program_notes([path for path in changed.paths if not path.startswith(_GATES)])
    if name in changed.files:
        yield from file_notes(document(changed.files[name], name), after)


def program_notes(paths: Sequence[str]) -> Iterator[Note]:
    """Yield a sentence for each kind of file that changes and that the engine follows."""
    for kind, what, cure, belongs in _KINDS:
        # A path may hold bytes that are no text.
        found = tuple(printable(path) for path in paths if belongs(path))
        if found:
            yield Note(kind, found, f"{what}: {listed(found, 'file', _MOST)}", cure)


_KINDS: tuple[tuple[Kind, str, str, Callable[[str], bool]], ...] = (
    (
        Kind.PROJECT_CHANGES,
        "the engine is run otherwise",
        "read its difference: no object shows it",
        lambda path: path == FILE,
    ),
    (
        Kind.LIBRARIES_CHANGE,
        "the libraries of the program change",
        "read the difference: this plan was made with those installed here",
        lambda path: path in _LIBRARIES,
    ),
    (
        Kind.PROGRAM_CHANGES,
        "the program changes",
        "read it as code: the engine runs it, and it may do more than declare these objects",
        lambda path: path not in (FILE, *_LIBRARIES),
    ),
)


def file_notes(before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[Note]:
    """Yield what changes in a stack file and in no object: engine keys, waivers and gates."""
    for key in dict.fromkeys((*ENGINE_KEYS, *_engine_config(before), *_engine_config(after))):
        one, other = _engine_value(before, key), _engine_value(after, key)
        if one != other:
            text = f"{key}, which the engine follows, {_words(key, one, other)}"
            yield Note(Kind.ENGINE_CHANGES, (key,), text)
    waived, waives = _waivers(before), _waivers(after)
    for kind, verb, found in (
        (Kind.WAIVER_ADDED, "a rule is waived", [one for one in waives if one not in waived]),
        (Kind.WAIVER_REMOVED, "no longer waived", [one for one in waived if one not in waives]),
    ):
        yield from (Note(kind, (_said(one, "rule"),), f"{verb}: {_waiver(one)}") for one in found)
    for key in _ASKED:
        one, other = (_config(each).get(f"{PROJECT}:{key}") for each in (before, after))
        for change in differences({key: one}, {key: other}):
            yield Note(Kind.GATES_CHANGE, (key,), f"what lets a release in changes: {change}")


def document(content: bytes | None, name: str) -> Mapping[str, Value]:
    """Return what a stack file of a commit holds; nothing where it is not there or not read."""
    try:
        return read(content, name=name).value if content is not None else {}
    except RefusedError:
        # An earlier version of the tool took it; all of it counts as new.
        return {}


def _config(document: Mapping[str, Value]) -> Mapping[str, Value]:
    config = document.get("config")
    return config if isinstance(config, dict) else {}


def _engine_config(document: Mapping[str, Value]) -> Iterator[str]:
    return (key for key in _config(document) if not key.startswith(f"{PROJECT}:"))


def _engine_value(document: Mapping[str, Value], key: str) -> Value | None:
    return document.get(key) if key in ENGINE_KEYS else _config(document).get(key)


def _words(key: str, old: Value | None, new: Value | None) -> str:
    if key != "secretsprovider":
        return "is added" if old is None else "is removed" if new is None else "changes"
    return f"changes from {_name(old)} to {_name(new)}: it can read the secrets in the state"


def _name(value: Value | None) -> str:
    return "none" if value is None else f"'{printable(str(value))[:120]}'"


def _waivers(document: Mapping[str, Value]) -> list[Mapping[str, Value]]:
    found = _config(document).get(f"{PROJECT}:waivers")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _waiver(one: Mapping[str, Value]) -> str:
    place = _said(one, "object") if "object" in one else "the whole stack"
    return f"{_said(one, 'rule')} for {place} until {_said(one, 'until')} ({_said(one, 'reason')})"


def _said(one: Mapping[str, Value], key: str) -> str:
    return printable(str(one.get(key, "")))
