"""Values of the charts `local-ai` of 2023 to 2026: what a release of them would run."""

from collections.abc import Iterator, Mapping
from typing import Any

from documents.shown import without_secrets
from gitops.adoption.entries import Entry, applied, finding
from gitops.adoption.layouts.layout import Layout, ServerDraft, config_map, variables
from gitops.adoption.outdated import Outdated
from gitops.adoption.remark import Remark, changed, lost
from gitops.adoption.running import items, mapping, mappings

_ABOVE = ("local-ai", "localai", "local_ai")
_TELLING = {"models", "modelsConfigs", "modelsVolume", "promptTemplates", "persistence", "service"}
# Names of variables that the first charts spelled in their own way.
_NAMES = {"contextSize": "CONTEXT_SIZE", "modelsPath": "MODELS_PATH"}
_DEPLOYMENT_WORDS = """
    image env modelsPath secretEnv runtimeClassName main worker args command download_model
    prompt_templates pullPolicy enabled replicaCount
"""
_DEPLOYMENT = frozenset(_DEPLOYMENT_WORDS.split())
_TOP_WORDS = """
    deployment replicaCount resources promptTemplates modelsConfigs models modelsVolume service
    persistence ingress nodeSelector tolerations affinity image runtimeClassName
"""
_TOP = frozenset(_TOP_WORDS.split())
CONFIGS, TEMPLATES = "models-configs", "prompt-templates"


def is_values(document: Mapping[str, Any]) -> bool:
    """Return whether a mapping is values of such a chart, below the name of a chart or not."""
    values, _ = _values(document)
    deployment = mapping(values.get("deployment"))
    return bool({"image", "env"} & deployment.keys()) or bool(
        deployment and _TELLING & values.keys()
    )


def _values(document: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the values of the chart, and the key they are below of."""
    for one in _ABOVE:
        if mapping(document.get(one)).get("deployment"):
            return mapping(document[one]), (one,)
    return document, ()


def values_layout(document: Mapping[str, Any], name: str) -> Layout:
    """Return what a release of a chart with these values would run."""
    values, above = _values(document)
    deployment = mapping(values.get("deployment"))
    main = mapping(deployment.get("main"))
    maps = dict(_config_maps(values))
    replicas = main.get("replicaCount", values.get("replicaCount", 1))
    made = ServerDraft(
        kind="Helm",
        name="local-ai",
        image=_image(deployment.get("image")),
        variables=(
            *variables(_environment(deployment, main)),
            *mappings(deployment.get("secretEnv")),
        ),
        arguments=tuple(str(one) for one in items(main.get("args") or deployment.get("args"))),
        mounts=(_models_path(deployment),),
        limits=dict(_limits(values)),
        replicas=replicas if isinstance(replicas, int) and 0 <= replicas <= 1000 else 1,
        pod=dict(_pod(values, deployment)),
        config_maps=tuple(maps),
    )
    texts = str(list(mapping(values.get("modelsConfigs")).values()))
    return Layout(
        form="values of the LocalAI chart",
        workloads=(made.manifest(),),
        config_maps=tuple(config_map(one, data) for one, data in maps.items()),
        entries=tuple(
            one for one in _entries(values, name) if str(_file(one)) not in texts or not _file(one)
        ),
        remarks=tuple(_about(values, deployment)),
        document=document,
        outdated=tuple(_passwords(values, above)),
    )


def _image(said: Any) -> str:
    if isinstance(said, str):
        return said
    found = mapping(said)
    return f"{found.get('repository') or 'quay.io/go-skynet/local-ai'}:{found.get('tag') or ''}"


def _models_path(deployment: Mapping[str, Any]) -> str:
    said = deployment.get("modelsPath") or mapping(deployment.get("env")).get("modelsPath")
    return str(said or "/models")


def _environment(deployment: Mapping[str, Any], main: Mapping[str, Any]) -> dict[str, Any]:
    said = {**mapping(deployment.get("env")), **mapping(main.get("env"))}
    named = {_NAMES.get(str(key), str(key).upper()): value for key, value in said.items()}
    return {**named, "MODELS_PATH": _models_path(deployment)}


def _limits(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resources = mapping(values.get("resources"))
    said = {**mapping(resources.get("requests")), **mapping(resources.get("limits"))}
    for key, value in said.items():
        if isinstance(value, str | int | float):
            yield str(key), str(value)


def _pod(values: Mapping[str, Any], deployment: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("nodeSelector", "affinity"):
        if mapping(values.get(key)):
            yield key, values[key]
    if mappings(values.get("tolerations")):
        yield "tolerations", values["tolerations"]
    runtime = deployment.get("runtimeClassName") or values.get("runtimeClassName")
    if isinstance(runtime, str):
        yield "runtimeClassName", runtime


def _config_maps(values: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    configs = mapping(values.get("modelsConfigs"))
    if configs:
        # The chart gives every file that ending.
        yield CONFIGS, {f"{str(key).removesuffix('.yaml')}.yaml": one
                        for key, one in configs.items()}  # fmt: skip
    if templates := mapping(values.get("promptTemplates")):
        yield TEMPLATES, templates


def _file(entry: Entry) -> str:
    return str(mapping(entry.keys.get("parameters")).get("model") or "")


def _addresses(values: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield each address that an init container of the chart would fetch, with its place."""
    for index, one in enumerate(items(mapping(values.get("models")).get("list"))):
        yield ("models", "list", index), one if isinstance(one, dict) else {"url": one}
    volume = mapping(values.get("modelsVolume"))
    if volume.get("url"):
        yield ("modelsVolume",), volume


def _entries(values: Mapping[str, Any], name: str) -> Iterator[Entry]:
    for path, one in _addresses(values):
        said = mapping(one)
        address = str(said.get("url") or "")
        if not address:
            continue
        shown, keys = applied({"url": address, "name": said.get("name")})
        # The server calls a model without an entry of its own by its whole file.
        named = str(said.get("name") or "") or without_secrets(address).rpartition("/")[2]
        source = f"{name}, {'.'.join(map(str, path))}"
        if keys:
            yield Entry(source=source, keys={**keys, "name": named})
        else:
            yield Entry(source=source, keys={"name": named or shown}, find=finding(named or shown))


def _passwords(values: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[Outdated]:
    for path, one in _addresses(values):
        for key in ("basicAuth", "auth"):
            said = mapping(one).get(key)
            if said and (isinstance(said, str) or mapping(said).get("basic")):
                yield Outdated(
                    path=(*above, *path, key),
                    cause="a password stands in the file, where everybody who may read it does; it "
                    "is not taken over",
                    cure="change it where it opens something, and put the file where none is asked",
                )


def _about(values: Mapping[str, Any], deployment: Mapping[str, Any]) -> Iterator[Remark]:
    at = "helm/local-ai"
    if mapping(values.get("persistence")) or mapping(values.get("models")).get("persistence"):
        text = "the claim of a release is not in its values; weights are fetched into a new one"
        cure = "run `localai-gitops adopt` on the release to use its claim as it is"
        yield changed(f"{at}, persistence", text, cure)
    service = mapping(values.get("service"))
    if service.get("port") or service.get("type"):
        text = f"{service.get('type') or 'ClusterIP'} at port {service.get('port') or 80}"
        text = f"{text} becomes localai-<pool> at port 8080"
        yield changed(f"{at}, service", without_secrets(text), "`addresses` of a pool keeps a name")
    ingress = mapping(values.get("ingress"))
    if ingress.get("enabled"):
        yield lost(f"{at}, ingress", "is not taken over", "declare `localai:exposure`")
    if mapping(deployment.get("worker")).get("enabled"):
        cure = "declare a pool with `distributed`"
        yield lost(
            f"{at}, deployment.worker", "workers of llama.cpp's RPC are not taken over", cure
        )
    others = [f"deployment.{one}" for one in deployment.keys() - _DEPLOYMENT if deployment[one]]
    others += [str(one) for one in values.keys() - _TOP if values[one]]
    if others:
        yield lost(at, f"{', '.join(sorted(others))[:300]}: no key in a pool says that")
