"""The Services that lead to a workload, as further addresses of a pool where they can be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops.adoption.remark import Remark, changed, fault, kept, lost, unknown
from gitops.adoption.running import Manifest, Running, items, mapping, mappings, name_of
from gitops.adoption.workload import SecretKey, Variables, Workload


@dataclass(frozen=True, kw_only=True)
class Services:
    """The Services of a workload: those taken over, and those that are pointed at the new pods."""

    taken: Mapping[str, Mapping[str, Any]]
    pointed: tuple[str, ...]
    remarks: tuple[Remark, ...]


def services_of(workload: Workload, found: Running) -> Services:
    """Return the Services that select a workload's pods."""
    taken: dict[str, dict[str, Any]] = {}
    pointed: list[str] = []
    remarks: list[Remark] = []
    for one in _leading_to(workload, found):
        name, reason = name_of(one), _obstacle(one)
        subject = f"Service {name}"
        if reason == _HEADLESS:
            remarks.append(lost(subject, f"{reason}; it stays, and leads to the old pods"))
        elif reason:
            pointed.append(name)
            text = f"{reason}; it stays as it is"
            remarks.append(lost(subject, text, "point it at the new pods, as the steps say"))
        else:
            taken[name] = _address(one)
            text = "leads to the new pods once they are ready; name and address stay"
            remarks.append(changed(subject, text))
    return Services(taken=taken, pointed=tuple(pointed), remarks=tuple(remarks))


_HEADLESS = "has no address of its own"


def _leading_to(workload: Workload, found: Running) -> Iterator[Manifest]:
    for one in found.services:
        wanted = mapping(one["spec"].get("selector"))
        if wanted and wanted.items() <= workload.pod_labels.items():
            yield one


def _obstacle(service: Manifest) -> str:
    spec = service["spec"]
    if spec.get("clusterIP") == "None":
        return _HEADLESS
    kind = spec.get("type", "ClusterIP")
    if kind != "ClusterIP":
        return f"is of type {kind}, and a pool's are of type ClusterIP"
    if not spec.get("clusterIP"):
        # The engine would take an address it does not know for a changed one, and replace it.
        return "has an address that was not read"
    ports = mappings(spec.get("ports"))
    if len(ports) != 1 or not isinstance(ports[0].get("port"), int):
        return f"has {len(ports)} ports, and a pool's have one"
    return ""


def _address(service: Manifest) -> dict[str, Any]:
    spec = service["spec"]
    return {"port": mappings(spec["ports"])[0]["port"], "clusterIP": spec["clusterIP"]}


_API_KEY = "LOCALAI_API_KEY"
_HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN")


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The Secrets that hold a server's keys, and remarks."""

    api_key: SecretKey | None
    hub_token: SecretKey | None
    remarks: tuple[Remark, ...]


def keys_of(workload: Workload) -> Keys:
    """Return the keys of a server by the Secrets that hold them."""
    variables = workload.variables
    found = variables.reference(_API_KEY)
    tokens = (variables.reference(name) for name in _HUB_TOKENS)
    return Keys(
        api_key=found,
        hub_token=next((token for token in tokens if token), None),
        remarks=(_about_api_key(workload, variables, found), *_about_tokens(workload, variables)),
    )


def _about_api_key(workload: Workload, variables: Variables, found: SecretKey | None) -> Remark:
    subject = f"{workload.title}, API key"
    if found:
        return kept(subject, f"stays in Secret {found.secret}, key {found.key}")
    if variables.text(_API_KEY):
        return fault(
            subject,
            "stands in plain text, where everybody who may read the workload reads it; "
            "the first `up` generates another one",
            "give clients the new key, and take the old one for lost",
        )
    if variables.sealed:
        secret = variables.sealed[0]
        return unknown(
            subject,
            f"may be in Secret {secret}, which is not read",
            f"if it is, add `localai:apiKey: {{secret: {secret}, key: API_KEY}}`; "
            "else the first `up` generates one",
        )
    text = "none is asked for today; the first `up` generates one, and requests without get 401"
    return changed(subject, text, "give clients the key in Secret localai-api-key")


def _about_tokens(workload: Workload, variables: Variables) -> tuple[Remark, ...]:
    plain = [name for name in _HUB_TOKENS if isinstance(variables.values.get(name), str)]
    if not plain:
        return ()
    text = f"{plain[0]} stands in plain text; it is not taken over"
    cure = "revoke it, put a new one into a Secret, and add localai:hubToken"
    return (fault(f"{workload.title}, hub token", text, cure),)


def about_autoscalers(found: Running, every: Iterable[Workload]) -> Iterator[Remark]:
    """Yield the autoscalers of workloads: a pool has its own, which a person has to declare."""
    titles = {(str(one.manifest["kind"]), one.name): one.title for one in every}
    for scaler in found.autoscalers:
        spec = mapping(scaler.get("spec"))
        target = mapping(spec.get("scaleTargetRef"))
        title = titles.get((str(target.get("kind")), str(target.get("name"))))
        if title:
            least, most = spec.get("minReplicas") or 1, spec.get("maxReplicas")
            text = (
                f"HorizontalPodAutoscaler {name_of(scaler)} ({least} to {most} pods) is not taken "
                "over; the pods of now are"
            )
            cure = f"add `scaling: {{min: {least}, max: {most}, ...}}` to its pool for `replicas`"
            yield lost(f"{title}, autoscaler", text, cure)


def about_ingresses(found: Running, clients: Sequence[str]) -> Iterator[Remark]:
    """Yield the Ingresses of the namespace, if nobody named where their controller runs."""
    services = {name_of(one) for one in found.services}
    for one in found.ingresses if not clients else ():
        if services & set(_backends(one.get("spec"))):
            text = "leads to a Service, and its controller may not call the new pods"
            cure = "name the namespace of the controller with --client"
            yield changed(f"ingress/{name_of(one)}", text, cure)


def _backends(value: Any) -> Iterator[str]:
    """Yield the Services that an Ingress names, wherever it does."""
    for one in items(value):
        yield from _backends(one)
    for key, one in mapping(value).items():
        if key == "service" and mapping(one).get("name"):
            yield str(mapping(one)["name"])
        yield from _backends(one)
