"""Evidence of a promotion: what files of it show, and which of them it carries."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from documents.files import declared_bytes
from documents.problem import RefusedError
from gitops.acceptance.evidence import MOST_BYTES, SKEW, problems, read, time_of
from gitops.planning.checkout import resolved
from gitops.promotion.facts import Facts, Proof
from gitops.promotion.target import Side
from models.catalog import Catalog
from settings.promotion import span

EVIDENCE = "evidence"


def kept(
    root: Path, stack: str, before: Mapping[str, bytes]
) -> tuple[tuple[tuple[str, bytes], ...], tuple[str, ...]]:
    """Return the evidence of the checkout and of the promotion's branch, and why some is none.

    Files stay from one promotion to the next, so that one may be of another version of the tool.
    """
    folder = f"{EVIDENCE}/{stack}"
    names = [f"{folder}/{path.name}" for path in sorted((root / folder).glob("*.json"))]
    found: list[tuple[str, bytes]] = []
    wrong: dict[str, None] = {}
    for name, carried in (*((one, None) for one in names), *before.items()):
        try:
            content = declared_bytes(root, name, most=MOST_BYTES) if carried is None else carried
            read(content, name)
        except RefusedError as error:
            wrong[str(error)] = None
        else:
            found.append((name, content))
    return tuple(found), tuple(wrong)


def proofs(
    evidence: Iterable[tuple[str, bytes]], source: Side, catalog: Catalog, suites: Mapping[str, str]
) -> tuple[tuple[Proof, bytes], ...]:
    """Return what files of evidence show of the stack that is promoted from, with their bytes.

    `suites` are the digests of its suites as they are in the checkout.

    Raises:
        RefusedError: one of them is not evidence, or was edited.
    """
    declared = resolved(source.file, catalog)
    found: list[tuple[Proof, bytes]] = []
    for name, content in evidence:
        one = read(content, name)
        proof = Proof(
            file=Path(name).name, kind=str(one["kind"]), stack=one["stack"],
            release=one["release"]["digest"], time=time_of(one),
        )  # fmt: skip
        same = (proof.stack, proof.release) == (source.file.stack, source.release.digest)
        lacks = tuple(each.cause for each in problems(one, name, *declared, suites)) if same else ()
        found.append((replace(proof, lacks=lacks), content))
    return tuple(found)


def carried(
    known: Facts, found: Iterable[tuple[Proof, bytes]], before: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return the evidence that a promotion carries: of each kind that is asked, one that counts.

    What its branch carries already stays while it counts; else it is the newest.
    """
    carried: dict[str, bytes] = {}
    for proof, content in sorted(found, key=lambda one: one[0].time):
        age: str | None = getattr(known.settings.evidence, proof.kind, None)
        ours = (proof.stack, proof.release, proof.lacks) == (known.source, known.release, ())
        path = f"{EVIDENCE}/{known.target}/{proof.kind}.json"
        stays = path in carried and carried[path] == before.get(path)
        if not age or not ours or stays:
            continue
        if proof.time - SKEW <= known.now <= proof.time + span(age):
            carried[path] = content
    return carried
