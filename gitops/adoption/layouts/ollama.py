"""Models of Ollama: what `ollama list` prints, what `/api/tags` answers, and Modelfiles.

A digest in a list is that of a manifest, never of the weights; the name of a blob in a Modelfile is
that of its file (docs/api.md and docs/modelfile.md of Ollama, copies of 2024-26).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from documents.problem import refusal
from documents.shown import without_secrets
from gitops.adoption.entries import Entry, finding
from gitops.adoption.files import is_address
from gitops.adoption.layouts.layout import Layout, ServerDraft
from gitops.adoption.names import model_name
from gitops.adoption.remark import Remark, changed, lost
from gitops.adoption.running import mapping, mappings

_HEAD = re.compile(r"\s*NAME\s+ID\s+SIZE\s+MODIFIED\s*\Z")
_ROW = re.compile(r"(\S+)\s+([0-9a-f]{12}|-)\s+([0-9.]+ ?[KMGT]?B|-)(?:\s+(.*))?\Z")
_HUB = re.compile(r"(?:hf\.co|huggingface\.co)/([\w.-]+)/([\w.-]+)(?::([\w.-]+))?\Z")
_MOST = 2000
_NO_DIGEST = (
    "the digest in a list of Ollama is of its manifest, not of the weights, and its store is not "
    "read by LocalAI"
)
# Families of networks that answer with vectors.
_EMBEDDINGS = re.compile(r"(?i)bert|embed|bge|minilm|arctic")


def is_list(text: str) -> bool:
    """Return whether a text is what `ollama list` prints."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return _HEAD.match(first) is not None


def list_layout(text: str, name: str) -> Layout:
    """Return the models that `ollama list` printed.

    Raises:
        RefusedError: it lists none, or too many.
    """
    models: list[tuple[str, str, str]] = []
    remarks: list[Remark] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or _HEAD.match(line):
            continue
        found = _ROW.match(line.strip())
        if found:
            models.append((found[1], "", f"{name}:{number}"))
        else:
            shown = without_secrets(line.strip())[:60]
            remarks.append(lost(f"{name}:{number}", f"{shown!r} is not a row of `ollama list`"))
    return _layout("list of Ollama", models, name, remarks)


def is_tags(document: Mapping[str, Any]) -> bool:
    """Return whether a mapping is an answer of `/api/tags`."""
    listed = mappings(document.get("models"))
    return bool(listed) and all(
        one.get("name") and {"digest", "modified_at", "details"} & one.keys() for one in listed
    )


def tags_layout(document: Mapping[str, Any], name: str) -> Layout:
    """Return the models in an answer of `/api/tags`.

    Raises:
        RefusedError: it lists too many.
    """
    models = [
        (str(one["name"]), str(mapping(one.get("details")).get("family") or ""),
         f"{name}: models[{index}]")
        for index, one in enumerate(mappings(document.get("models")))
    ]  # fmt: skip
    return _layout("list of Ollama", models, name, [])


def _layout(
    form: str, models: list[tuple[str, str, str]], name: str, remarks: list[Remark]
) -> Layout:
    if not models or len(models) > _MOST:
        cause = f"lists {len(models)} models, and 1 to {_MOST} are taken"
        raise refusal(name, cause, "give what `ollama list` prints where its models are")
    cloud = [one for one in models if one[0].endswith(("-cloud", ":cloud"))]
    local = [one for one in models if one not in cloud]
    remarks += [
        lost(f"{at}: {said}", "runs at ollama.com, so that there is no file of it")
        for said, _, at in cloud
    ]
    remarks.append(changed("Ollama", _NO_DIGEST, "each file is fetched from where it comes from"))
    return Layout(
        form=form,
        workloads=(ServerDraft(kind="Ollama", name="ollama").manifest(),),
        entries=tuple(_entry(*one) for one in local),
        remarks=tuple(remarks),
    )


def ollama_name(text: str) -> str:
    """Return the name that a model file takes for a name of Ollama."""
    said = _HUB.match(text)
    if said:
        return model_name("-".join(filter(None, (said[2].removesuffix("-GGUF"), said[3]))))
    return model_name(text.removesuffix(":latest").rpartition("/")[2])


def _entry(said: str, family: str, source: str) -> Entry:
    name = ollama_name(said)
    keys: dict[str, Any] = {"name": said.removesuffix(":latest") if name else ""}
    if _EMBEDDINGS.search(f"{family} {said}"):
        keys["embeddings"] = True
    return Entry(source=source, keys={**keys, "name": name or keys["name"]}, find=_find(said, name))


_QUANTIZED = re.compile(r"(?i)[:-](q[0-9][0-9a-z_]*|iq[0-9][0-9a-z_]*|fp16|f16|bf16)\Z")


def _find(said: str, name: str) -> str:
    hub = _HUB.match(said)
    if hub:
        quantized = f" --quantization {hub[3].upper()}" if hub[3] and hub[3] != "latest" else ""
        place = f"huggingface://{hub[1]}/{hub[2]}"
        return f"`localai-gitops models add {place}{quantized} --name {name}`"
    found = _QUANTIZED.search(said)
    how = finding(name)
    if not found:
        return how
    word = found[1].upper().replace("FP16", "F16")
    return how.replace(" --name ", f" --quantization {word} --name ")


_INSTRUCTION = re.compile(
    r"(?i)(FROM|PARAMETER|TEMPLATE|SYSTEM|ADAPTER|LICENSE|MESSAGE|REQUIRES|RENDERER|PARSER)[ \t]+"
    r"(.*)\Z",
    re.DOTALL,
)
_PARAMETERS = {
    "temperature": float, "top_p": float, "top_k": int, "min_p": float, "repeat_penalty": float,
    "seed": int, "repeat_last_n": int, "num_predict": int, "num_ctx": int,
}  # fmt: skip
_KEYS = {"num_predict": "max_tokens"}
_QUOTES = '"""'
_BLOB = re.compile(r"sha256[-:]([0-9a-f]{64})\Z")


def is_modelfile(text: str) -> bool:
    """Return whether a text is a Modelfile: its first instruction says where it is from."""
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            found = _INSTRUCTION.match(line.strip())
            return found is not None and (found[1].upper() == "FROM" or _QUOTES in line)
    return False


def modelfile_layout(text: str, name: str) -> Layout:
    """Return the model of a Modelfile.

    Raises:
        RefusedError: nothing says what it is from.
    """
    said = list(_instructions(text))
    origin = [value for _, word, value in said if word == "FROM"]
    if not origin:
        raise refusal(name, "has no FROM", "give what `ollama show --modelfile NAME` prints")
    keys = _of_origin(without_secrets(origin[0]), text)
    remarks: list[Remark] = []
    for number, word, value in said:
        if word == "PARAMETER":
            remarks += _parameter(f"{name}:{number}", value, keys)
        elif word == "LICENSE":
            remarks.append(changed(f"{name}:{number}: LICENSE", "is given by its identifier",
                                   "set `license` of the model file"))  # fmt: skip
        elif word == "TEMPLATE":
            remarks.append(
                changed(f"{name}:{number}: TEMPLATE", "is in Ollama's words, which LocalAI does "
                        "not know; the template in the weights is used")
            )  # fmt: skip
        elif word != "FROM":
            remarks.append(lost(f"{name}:{number}: {word}", "has no key in a model definition"))
    for extra in origin[1:]:
        shown = without_secrets(extra)[:80]
        remarks.append(lost(f"{name}: FROM {shown}", "is a further file, such as a projector",
                            "add it under `companions` of the model file"))  # fmt: skip
    weights = bool(mapping(keys.get("parameters")).get("model"))
    title = str(keys["name"])
    find = "" if weights else _find(without_secrets(origin[0]), title)
    return Layout(
        form="Modelfile",
        workloads=(ServerDraft(kind="Ollama", name="ollama").manifest(),),
        entries=(Entry(source=name, keys=keys, find=find),),
        remarks=tuple(remarks),
    )


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each instruction with its line; a value in three quotes may have several."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        found = _INSTRUCTION.match(lines[at].strip())
        start = at + 1
        at += 1
        if not found or lines[start - 1].lstrip().startswith("#"):
            continue
        value = found[2]
        # The first three quotes open, the next ones close.
        quotes = value.count(_QUOTES)
        parts = [value]
        while quotes == 1 and at < len(lines):
            quotes += lines[at].count(_QUOTES)
            parts.append(lines[at])
            at += 1
        yield start, found[1].upper(), "\n".join(parts).replace(_QUOTES, "").strip()


_WAS = re.compile(r"(?m)^#\s*FROM\s+(\S+)\s*$")


def _of_origin(origin: str, text: str) -> dict[str, Any]:
    """Return the keys that a FROM says: a file, or the name of another model."""
    was = _WAS.search(text)
    named = ollama_name(without_secrets(was[1])) if was else ""
    digest = _BLOB.search(origin)
    if digest:
        # A blob is named by the digest of its bytes.
        name = named or f"model-{digest[1][:8]}"
        file = f"{name}.gguf"
        fetched = [{"filename": file, "sha256": digest[1], "uri": ""}]
        return {"name": name, "parameters": {"model": file}, "download_files": fetched}
    if origin.lower().endswith(".gguf") or (is_address(origin) and not _HUB.match(origin)):
        file = origin.rpartition("/")[2]
        name = named or model_name(re.sub(r"(?i)\.gguf$", "", file)) or "model"
        return {"name": name, "backend": "llama-cpp", "parameters": {"model": file}}
    return {"name": ollama_name(origin) or "model", "backend": "llama-cpp", "parameters": {}}


def _parameter(at: str, value: str, keys: dict[str, Any]) -> Iterator[Remark]:
    name, _, said = value.partition(" ")
    said = said.strip().strip('"')
    if name == "stop":
        keys.setdefault("stopwords", []).append(without_secrets(said))
        return
    kind = _PARAMETERS.get(name)
    if kind is None or not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", said):
        yield lost(
            f"{at}: PARAMETER {without_secrets(name)[:40]}", "has no key in a model definition"
        )
        return
    number = int(float(said)) if kind is int else float(said)
    if name == "num_ctx":
        keys["context_size"] = number
    elif number >= 0 or name == "seed":
        keys["parameters"][_KEYS.get(name, name)] = number
