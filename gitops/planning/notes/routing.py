"""What a change does to addresses: the router's, its routes, and those outside of the cluster."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.network.routing import EXPOSURE_ROLE, ROUTER_PODS, ROUTER_ROLE, ROUTES_FILE
from components.parts.labels import VERIFY_ROLE
from components.parts.roles import ROLE
from documents.foreign import foreign_json
from gitops.planning.note import Kind, Note
from gitops.planning.objects import ObjectChange
from gitops.planning.printable import counted, listed
from gitops.planning.rendering.rendering import Rendering

Objects = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Where a stack answers: its router if it has one, with its routes, and outside.

    `closed` tells that pools answer their router alone; `outside` is by the names of objects.
    """

    address: str | None
    template: Mapping[str, Any] | None
    replicas: int
    routes: Mapping[str, list[str]]
    closed: bool
    outside: Mapping[str, str]


def routing_notes(
    base: Rendering | None, head: Rendering, _: Sequence[ObjectChange] = ()
) -> Iterator[Note]:
    """Yield each address and route that comes, goes or moves, and whether clients notice."""
    here = base is not None and (base.cluster, base.namespace) == (head.cluster, head.namespace)
    old, new = routing(base if here else None), routing(head)
    yield from _addresses(old, new)
    if here and new.closed and not old.closed:
        yield Note(
            Kind.ADDRESS_CLOSED,
            (head.stack,),
            "pools answer their router alone: a client that still calls a pool's own address is "
            "refused",
            "set router.direct until all have moved",
        )
    if old.address and new.address:
        yield from _routes(old.routes, new.routes)
        yield from _restart(old, new)
    yield from _outside(old.outside, new.outside)


def routing(rendering: Rendering | None) -> Routing:
    """Return where a rendered stack answers, as its objects say it."""
    parts = rendering.parts if rendering else ()
    objects = tuple(part.object for part in parts if part.object)
    router = _of_role(objects, ROUTER_ROLE)
    deployment = next((one for one in router if one["kind"] == "Deployment"), None)
    return Routing(
        address=next((_address(one) for one in router if one["kind"] == "Service"), None),
        template=deployment["spec"]["template"] if deployment else None,
        replicas=deployment["spec"].get("replicas", 1) if deployment else 0,
        routes=_routes_of(router),
        closed=any(_closed(one) for one in objects if one["kind"] == "NetworkPolicy"),
        outside={one["metadata"]["name"]: where for one in objects if (where := _entrance(one))},
    )


def _of_role(objects: Objects, role: str) -> Objects:
    return tuple(one for one in objects if one["metadata"].get("labels", {}).get(ROLE) == role)


def _address(service: Mapping[str, Any]) -> str:
    found = service["metadata"]
    return (
        f"http://{found['name']}.{found['namespace']}.svc:{service['spec']['ports'][0]['port']}/v1"
    )


def _routes_of(router: Objects) -> Mapping[str, list[str]]:
    for one in router:
        if one["kind"] == "ConfigMap":
            return foreign_json(one["data"].get(ROUTES_FILE, "{}").encode(), name=ROUTES_FILE)
    return {}


def _closed(policy: Mapping[str, Any]) -> bool:
    """Return whether a policy lets in no client: the router, and Jobs that verify, alone."""
    rules: list[dict[str, Any]] = policy["spec"].get("ingress", [])
    peers = [peer for rule in rules for peer in rule.get("from", [])]
    labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
    routers = [ROUTER_PODS.items() <= one.items() for one in labels]
    others = [one for one, router in zip(labels, routers, strict=True) if not router]
    return any(routers) and all(one.get(ROLE) == VERIFY_ROLE for one in others)


# Of a route of Traefik, which we write for one host each.
_MATCHED = re.compile(r"Host\(`([^`]+)`\)")


def _entrance(thing: Mapping[str, Any]) -> str | None:
    """Return where an object lets in callers from outside of the cluster; None if it does not."""
    spec, kind = thing.get("spec", {}), thing["kind"]
    if kind == "Service" and spec.get("type") == "LoadBalancer":
        return f"a load balancer, for {', '.join(spec['loadBalancerSourceRanges'])}"
    if kind == "HTTPRoute":
        path = spec["rules"][0]["matches"][0]["path"]["value"]
        return _url(thing, spec["hostnames"][0], path, secure=True)
    if kind == "Ingress":
        rule = spec["rules"][0]
        path = rule["http"]["paths"][0]["path"].partition("(")[0]
        return _url(thing, rule["host"], path, secure=bool(spec.get("tls")))
    if kind == "IngressRoute":
        found = _MATCHED.search(spec["routes"][0]["match"])
        return _url(thing, found[1], "/", secure=bool(spec.get("tls"))) if found else None
    return None


def _url(thing: Mapping[str, Any], host: str, path: str, *, secure: bool) -> str:
    answers = "/v1" if thing["metadata"].get("labels", {}).get(ROLE) == EXPOSURE_ROLE else "/"
    return f"{'https' if secure else 'http'}://{host}{path.rstrip('/')}{answers}"


def _addresses(old: Routing, new: Routing) -> Iterator[Note]:
    if new.address and not old.address:
        text = f"address added: {new.address}, a router for {counted(len(new.routes), 'name')}"
        yield Note(Kind.ADDRESS_CHANGES, (new.address,), text)
    elif old.address and not new.address:
        text = f"address removed: {old.address}; clients call the address of each pool"
        yield Note(Kind.ADDRESS_CHANGES, (old.address,), text)
    elif old.address and new.address and old.address != new.address:
        text = f"address changed: {old.address} -> {new.address}"
        yield Note(Kind.ADDRESS_CHANGES, (old.address, new.address), text)


def _routes(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> Iterator[Note]:
    if added := [name for name in new if name not in old]:
        yield Note(Kind.ROUTES_CHANGE, tuple(added), f"routes added: {listed(added, 'route')}")
    if removed := [name for name in old if name not in new]:
        text = f"routes removed: {listed(removed, 'route')}; requests for them get 400"
        yield Note(Kind.ROUTES_CHANGE, tuple(removed), text)
    for name in new:
        if name in old and old[name] != new[name]:
            text = f"route {name}: now to {', '.join(new[name])}, before to {', '.join(old[name])}"
            yield Note(Kind.ROUTES_CHANGE, (name,), text)


def _restart(old: Routing, new: Routing) -> Iterator[Note]:
    if old.template == new.template:
        return
    if min(old.replicas, new.replicas) > 1:
        text = "the router restarts: no downtime, each of its pods once another answers"
        yield Note(Kind.ROUTER_RESTARTS, ("router",), text)
    else:
        yield Note(
            Kind.ROUTER_RESTARTS,
            ("router",),
            "the router restarts: short downtime if no node has room for a second pod next to its "
            "only one",
            "router.replicas: 2 avoids it",
        )


def _outside(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Note]:
    for name in {**old, **new}:
        yield from _entrance_notes(name, old.get(name), new.get(name))


def _entrance_notes(name: str, old: str | None, new: str | None) -> Iterator[Note]:
    what = name.removeprefix("localai-").removesuffix("exposure").rstrip("-")
    said = f"exposure ({what})" if what else "exposure"
    if new and not old:
        yield Note(Kind.EXPOSURE_CHANGES, (new,), f"{said}: becomes public at {new}")
    elif old and not new:
        yield Note(Kind.EXPOSURE_CHANGES, (old,), f"{said}: no longer public at {old}")
    elif old and new and old != new:
        text = f"{said}: public at {new}, before at {old}"
        yield Note(Kind.EXPOSURE_CHANGES, (old, new), text)
