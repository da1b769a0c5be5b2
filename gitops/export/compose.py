"""A stack as a file of Compose: the same parts as in a cluster, on one server."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.addons.router.config import MASTER_KEY
from components.addons.served.pod import SERVED_ROLE
from components.network.chat_application import USERS_ROLE
from components.network.policies import SERVER_ROLE
from components.network.routing import ROUTER, ROUTER_ROLE
from components.parts.labels import DIGITS, POOL
from components.parts.part import Part
from components.parts.roles import ROLE
from documents.writer import to_yaml
from gitops.export.environment import Number, environment
from gitops.export.folders import folders
from gitops.export.gpus import Gpus, variable
from gitops.export.left_out import CARRIED, KINDS, LeftOut, of_fields
from gitops.export.running import grace, health, network, waited
from gitops.export.server import schedule_file, server_files
from gitops.export.service import SECRETS, Found, Pod, service

Values = Mapping[str, Any]

FILE, STEPS = "compose.yaml", "steps"
# A service that makes the folders of the others, as the only one that runs as root.
FOLDERS = "folders"
_DONE, _WELL = "service_completed_successfully", "service_healthy"
# Jobs that need what serves; they run when they are asked, as what a CronJob starts does.
_LATER = ("verify", USERS_ROLE)
_FIRST_PORT = 8080


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A stack at its other home: files by name, what a person decides, and what is left out.

    `environment` is the first content of `.env`, `ports` and `gpus` are what it says of those,
    `given` the secrets that a person brings, and `generated` those that may be any.
    """

    files: Mapping[str, str]
    environment: str
    ports: Mapping[str, Number]
    gpus: Mapping[str, Number]
    given: tuple[str, ...]
    generated: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def exported(stack: str, parts: Sequence[Part]) -> Exported:
    """Return a stack for one server, from the parts that a cluster gets."""
    return _Export(stack=stack, parts=parts).made()


@dataclass(kw_only=True)
class _Export:
    stack: str
    parts: Sequence[Part]
    found: Found = field(default_factory=Found)
    gpus: Gpus = field(default_factory=Gpus)
    services: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    # The services of each component that others wait for, with what they wait for.
    ends: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    ports: dict[str, Number] = field(default_factory=dict[str, Number])
    # Those of which `verify` asks what they serve.
    asked: set[str] = field(default_factory=set[str])
    steps: list[str] = field(default_factory=list[str])
    # When a clock starts what a CronJob describes, by its service.
    schedules: dict[str, str] = field(default_factory=dict[str, str])
    # The secret that whoever asks the stack shows.
    key: str = ""

    def made(self) -> Exported:
        # What is asked for later waits for all that serves.
        jobs = self._of("Job")
        later = [one for one in jobs if _role(self._object(one)) in _LATER]
        filling = [one for one in jobs if one not in later]
        for part in (*filling, *self._of("StatefulSet"), *self._of("Deployment"), *later):
            self._pod(part, self._object(part), self._awaited(part))
        for part in self._of("CronJob"):
            self._clocked(part)
        self._leave_out()
        generated = sorted(
            f"{self._object(part)['metadata']['name']}/{part.options.secret.key}"
            for part in self._of("Secret")
            if part.options.secret
        )
        known = {*self.found.secrets.values(), *self.found.files}
        return Exported(
            files=dict(self._files(generated)),
            environment=environment(self.stack, self.ports, self.gpus.variables),
            ports=self.ports,
            gpus=self.gpus.variables,
            given=tuple(sorted(known - {*generated})),
            generated=tuple(one for one in generated if one in known),
            left_out=tuple(self.found.left_out),
        )

    def _of(self, kind: str) -> list[Part]:
        return [one for one in self.parts if one.manifest and one.manifest["kind"] == kind]

    @staticmethod
    def _object(part: Part) -> Values:
        return part.manifest or {}

    def _named(self, kind: str) -> dict[str, Values]:
        found = (self._object(part) for part in self._of(kind))
        return {one["metadata"]["name"]: one for one in found}

    def _clocked(self, part: Part) -> None:
        """Add what a CronJob starts; it waits for nothing, since a restore needs nothing to run."""
        made = self._object(part)
        self._pod(part, {**made["spec"]["jobTemplate"], "metadata": made["metadata"]}, {})
        self.found.left_out += of_fields(made["spec"])
        if not made["spec"].get("suspend"):
            self.schedules[made["metadata"]["name"]] = made["spec"]["schedule"]

    def _pod(self, part: Part, made: Values, awaited: Mapping[str, str]) -> None:
        pod = self._described(part, made)
        template, replicas = made["spec"]["template"], made["spec"].get("replicas", 1)
        if replicas > 1:
            why = "a server has one of each"
            self.found.left_out.append(LeftOut(what=f"{replicas} pods of {pod.name}", why=why))
        labels = template["metadata"].get("labels", {})
        firsts = template["spec"].get("initContainers", [])
        before, names = {FOLDERS: _DONE, **awaited}, [FOLDERS]
        for one in firsts:
            names.append(self._first(pod, one, labels, before))
            before = {names[-1]: _DONE}
        (last,) = template["spec"]["containers"]
        self.services[pod.name] = self._last(pod, last, labels, before, made)
        if pod.profile:
            self.steps.append(" ".join(["task", pod.name, *names, pod.name]))
        if not replicas:
            self.services[pod.name]["deploy"]["replicas"] = 0
        self.ends.setdefault(part.parent or "", {})[pod.name] = _DONE if pod.once else _WELL
        self.found.left_out += of_fields(made["spec"], template["spec"], last, *firsts)

    def _described(self, part: Part, made: Values) -> Pod:
        kind, name, role = self._object(part)["kind"], made["metadata"]["name"], _role(made)
        return Pod(
            name=self._short(name) if kind == "Job" else name,
            spec=made["spec"]["template"]["spec"],
            maps=self._named("ConfigMap"),
            once=kind in ("Job", "CronJob"),
            profile=role if kind == "CronJob" or role in _LATER else "",
        )

    def _short(self, name: str) -> str:
        """Return the name of a Job without its digest, where no other has the same then."""
        shorts = Counter(one[: -DIGITS - 1] for one in self._named("Job"))
        return name[: -DIGITS - 1] if shorts[name[: -DIGITS - 1]] == 1 else name

    def _awaited(self, part: Part) -> dict[str, str]:
        """Return the services that a part waits for; a component without any leads to others."""
        known = {one.name: one for one in self.parts if one.parent is None}
        found: dict[str, str] = {}
        waiting, seen = [*part.depends_on], {part.parent}
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            if ends := self.ends.get(name):
                found |= ends
            elif name in known:
                waiting += known[name].depends_on
        return dict(sorted(found.items()))

    def _first(self, pod: Pod, container: Values, labels: Values, before: Mapping[str, str]) -> str:
        """Add a container that runs to its end before another, and return its name."""
        name = f"{pod.name}-{container['name']}"
        made = service(pod, container, self.found)
        made["restart"] = "no"
        made |= {"depends_on": _conditions(before), **network(labels, once=pod.once, first=True)}
        self.services[name] = made
        if pod.once and not pod.profile:
            self.steps.append(f"prepare {name}")
        return name

    def _last(
        self, pod: Pod, container: Values, labels: Values, before: Mapping[str, str], held: Values
    ) -> dict[str, Any]:
        made = service(pod, container, self.found)
        claims = self._named("ResourceClaimTemplate")
        for key, value in self.gpus.given(pod, container, self.found, claims).items():
            made[key] = {"resources": made[key]["resources"] | value["resources"]} if (
                key == "deploy"
            ) else value  # fmt: skip
        made |= {"depends_on": _conditions(before), **network(labels, once=pod.once)}
        if pod.once:
            if not pod.profile:
                self.steps.append(f"prepare {pod.name}")
            return made
        made["networks"] = {"serving": {"aliases": self._aliases(labels, held, container)}}
        made |= self._published(pod, container, labels, held["spec"].get("replicas", 1))
        return made | health(container) | grace(pod)

    def _aliases(self, labels: Values, held: Values, container: Values) -> list[str]:
        """Return the names of the Services that lead to a pod, as others in the stack say them."""
        ports = {one.get("name"): one["containerPort"] for one in container.get("ports", ())}
        names: list[str] = []
        for one in self._named("Service").values():
            selector = one["spec"].get("selector", {})
            if not selector or not selector.items() <= labels.items():
                continue
            name = one["metadata"]["name"]
            names += [name, f"{name}.{held['metadata']['namespace']}.svc"]
            for port in one["spec"].get("ports", ()):
                answers = ports.get(port.get("targetPort"), port.get("targetPort"))
                if answers != port["port"]:
                    why = f"ask port {answers}: a container has no other"
                    what = f"port {port['port']} of {name}"
                    self.found.left_out.append(LeftOut(what=what, why=why))
        return names

    def _published(
        self, pod: Pod, container: Values, labels: Values, replicas: int
    ) -> dict[str, Any]:
        """Return the port at which the server itself is asked; behind a router, that alone."""
        routed = any(_role(one) == ROUTER_ROLE for one in self._named("Deployment").values())
        port = next((one for one in container.get("ports", ()) if one.get("name") == "http"), None)
        if port is None or (routed and labels.get(ROLE) == SERVER_ROLE):
            return {}
        name, number = variable(pod.name, "PORT"), _FIRST_PORT + len(self.ports)
        self.ports[name] = Number(number=number)
        if replicas:
            self.steps.append(f"port {name} {number}")
        if labels.get(ROLE) in (SERVER_ROLE, ROUTER_ROLE, SERVED_ROLE) and replicas:
            asked = labels.get(POOL, ROUTER if labels[ROLE] == ROUTER_ROLE else pod.name)
            path = container["readinessProbe"]["httpGet"]["path"]
            self.steps.append(f"ask {asked} {name} {number} {path}")
            self.asked.add(pod.name)
            self.key = self.key or _key(container)
        where = f"${{LOCALAI_LISTEN:-127.0.0.1}}:${{{name}:-{number}}}:{port['containerPort']}"
        return {"ports": [where]}

    def _leave_out(self) -> None:
        for part in self.parts:
            made = self._object(part)
            kind = made.get("kind", "")
            if made and kind not in CARRIED:
                why = KINDS.get(kind, "the export does not know this kind")
                what = f"{kind} {made['metadata']['name']}"
                self.found.left_out.append(LeftOut(what=what, why=why))

    def _files(self, generated: Iterable[str]) -> Iterator[tuple[str, str]]:
        for name, one in self._named("ConfigMap").items():
            if f"./config/{name}" in str(self.services):
                for key, text in one.get("data", {}).items():
                    yield f"config/{name}/{key}", text
        image = next(self.services[step.split()[1]]["image"] for step in self.steps
                     if step.startswith("prepare"))  # fmt: skip
        secrets = [f"generate {one}" for one in generated if one in self.found.secrets.values()]
        given = sorted({*self.found.secrets.values(), *self.found.files} - {*generated})
        secrets += [f"need {one}" for one in given]
        secrets += [f"key {self.key}"] if self.key else []
        steps = [*secrets, f"prepare {FOLDERS}", *self.steps, *self.gpus.steps]
        steps += waited(self.services, self.asked)
        yield STEPS, "".join(f"{one}\n" for one in steps)
        head = (
            f"# Written by `localai-gitops export compose {self.stack}`: change the stack file.\n"
        )
        yield from server_files(self.stack).items()
        yield from schedule_file(self.stack, self.schedules).items()
        yield FILE, head + to_yaml({
            "name": f"localai-{self.stack}",
            "services": {FOLDERS: folders(image, self.found.folders), **self.services},
            "networks": {"downloads": {}, "serving": {}},
            "secrets": {
                name: {"file": f"{SECRETS}/{path}"}
                for name, path in sorted(self.found.secrets.items())
            },
        })  # fmt: skip


def _conditions(before: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"condition": condition} for name, condition in before.items()}


def _key(container: Values) -> str:
    """Return the secret that opens a server or a router, as `name/key`."""
    found = {one["name"]: one.get("valueFrom", {}) for one in container.get("env", ())}
    for name in (MASTER_KEY, "FIRST_API_KEY"):
        if reference := found.get(name, {}).get("secretKeyRef"):
            return f"{reference['name']}/{reference['key']}"
    return ""


def _role(made: Values) -> str:
    return str(made["metadata"].get("labels", {}).get(ROLE, ""))
