import base64
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from documents.problem import RefusedError
from gitops.adapters.kubectl import Kubectl
from gitops.cli.bootstrap import Bootstrap, bootstrap, read
from gitops.cli.secret_values import Values
from gitops.cluster.bootstrap import spaces
from gitops.cluster.objects import ClusterObjects, objects
from gitops.cluster.secrets import needed, repository_secret
from settings.cluster import ArgoSettings
from settings.names import SecretReference
from tests.gitops.cluster.fake_cluster import (
    HEAD,
    KINDS,
    URL,
    Cluster,
    CutError,
    controller,
    definition,
)
from tests.support.project import ROOT

DATA = ROOT / "tests" / "data" / "cluster"
SECRET = "a-secret-that-nobody-prints"
SYSTEM = {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "1" * 8}}
NEEDED = {
    "localai-dev/repository": {"token"},
    "localai-dev/state": {"id", "passphrase", "secret"},
    "localai-production/api-key": {"value"},
}


@cache
def main() -> ClusterObjects:
    return read(DATA, "main")


def there(*objects: dict[str, Any]) -> Cluster:
    """Return a cluster with Argo CD, and a few objects in addition."""
    cluster = Cluster()
    cluster.add(SYSTEM, *map(definition, KINDS), controller("3.5.7"), *objects)
    return cluster


def everything() -> dict[str, dict[str, str]]:
    keys = {**NEEDED, "argocd/repository-main": {"password"}}
    return {place: dict.fromkeys(found, SECRET) for place, found in keys.items()}


@pytest.fixture
def values(tmp_path: Path) -> Callable[[Cluster], Values]:
    file = tmp_path / "secrets.yaml"
    file.write_text(yaml.safe_dump(everything()))
    return lambda cluster: Values(root=DATA, run=cluster, file=file)


def made(cluster: Cluster, objects: ClusterObjects | None = None) -> Bootstrap:
    now = iter(range(10**6))
    return Bootstrap(
        root=DATA,
        cluster=objects or main(),
        kubectl=Kubectl(run=cluster, folder=DATA),
        run=cluster,
        seconds=30,
        clock=lambda: float(next(now)),
        pause=lambda _: None,
    )


def refused(cluster: Cluster, values: Values, objects: ClusterObjects | None = None) -> list[str]:
    with pytest.raises(RefusedError) as told:
        bootstrap(made(cluster, objects), values, dry_run=False)
    return [str(one) for one in told.value.problems]


def test_what_is_named_and_made_by_nobody_is_needed():
    assert {one.place: set(one.keys) for one in needed(main())} == NEEDED


def test_a_dry_run_says_every_step_and_changes_nothing(
    values: Callable[[Cluster], Values], capsys: pytest.CaptureFixture[str]
):
    cluster = there()
    cluster.is_open = False

    assert bootstrap(made(cluster), values(cluster), dry_run=True)
    assert capsys.readouterr().out.splitlines() == [
        "would create the namespace localai-dev",
        "would create the namespace localai-production",
        "would make the Secret repository-main in argocd: password",
        "would make the Secret repository in localai-dev: token",
        "would make the Secret state in localai-dev: id, passphrase, secret",
        "would make the Secret api-key in localai-production: value",
        "would apply the project and the Application cluster-main",
    ]
    assert cluster.writes == []


def ready() -> Iterator[dict[str, Any]]:
    """Yield the Applications that Argo CD makes once the root is there."""
    for one in objects(main())[""]:
        if one["kind"] == "Application":
            yield dict(one)


def test_the_same_command_ends_well_from_wherever_it_was_cut(
    values: Callable[[Cluster], Values],
):
    whole = there()
    whole.add(*ready())
    bootstrap(made(whole), values(whole), dry_run=False)
    calls = 10_000 - whole.left
    wanted = {place: one for place, one in whole.objects.items() if place[0] != "Application"}

    for cut in range(calls):
        cluster = there()
        cluster.add(*ready())
        cluster.left = cut
        with pytest.raises(CutError):
            bootstrap(made(cluster), values(cluster), dry_run=False)
        cluster.left = 10_000
        assert bootstrap(made(cluster), values(cluster), dry_run=False)
        cluster.writes.clear()
        assert bootstrap(made(cluster), values(cluster), dry_run=False)
        assert cluster.writes == []
        found = {place: one for place, one in cluster.objects.items() if place[0] != "Application"}
        assert found == wanted


def test_no_secret_is_an_argument_or_printed(
    values: Callable[[Cluster], Values], capsys: pytest.CaptureFixture[str]
):
    cluster = there()
    cluster.add(*ready())
    cluster.is_open = False
    bootstrap(made(cluster), values(cluster), dry_run=False)

    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
    assert SECRET not in str(cluster.asked)
    encoded = base64.b64encode(SECRET.encode()).decode()
    assert encoded not in str(cluster.asked)
    secret = cluster.objects["Secret", "argocd", "repository-main"]
    assert secret["data"]["password"] == encoded
    assert base64.b64decode(secret["data"]["url"]).decode() == URL


@given(st.text(min_size=1))
def test_what_kubectl_says_of_a_secret_is_said_without_it(value: str):
    values = Values(root=DATA, run=Cluster(), known={"a/b": {"key": value}})

    assert value in "REDACTED" or value not in values.hidden(f"invalid {value}: {value}!")


def labeled(name: str, **labels: str) -> dict[str, Any]:
    return {"kind": "Namespace", "metadata": {"name": name, "labels": labels}}


CAUSES: dict[str, tuple[Cluster, str]] = {
    "an address that cannot be read": (
        Cluster(is_readable=False),
        "repository.url: cannot be read from here; Git says: fatal: could not read Username for "
        "'https://git.example.com'; correct the address, or log in to it so that `git ls-remote` "
        "reads it",
    ),
    "a branch that is gone": (
        Cluster(heads={"trunk": HEAD}),
        "repository.branch: is 'main', which the repository does not have (it has: trunk); push "
        "that branch, or name another",
    ),
    "no Argo CD": (
        Cluster(),
        "argoCd: is missing, and Argo CD is not in the cluster; install it in the namespace "
        "argocd, or name its manifests here",
    ),
    "an old Argo CD": (
        there(controller("3.1.9")),
        "needs Argo CD 3.2 or newer, and 3.1.9 is there; upgrade Argo CD, then run this again",
    ),
    "an Argo CD elsewhere": (
        there(controller("3.5.7", "gitops")),
        "needs Argo CD in the namespace argocd, and it is in gitops; install it in argocd",
    ),
    "kinds that are too old": (
        there(definition(KINDS[0], "v1alpha0")),
        "needs the kinds Application and AppProject in v1alpha1, which are not served; install "
        "the definitions of Argo CD's release",
    ),
    "a namespace of Helm": (
        there({"kind": "Namespace", "metadata": {
            "name": "localai-dev", "annotations": {"meta.helm.sh/release-name": "ai"}}}),
        "needs the namespace localai-dev, which belongs to somebody else: it says "
        "meta.helm.sh/release-name: ai; give the stack another namespace, or hand this one over: "
        "kubectl label namespace localai-dev app.kubernetes.io/managed-by=localai-gitops "
        "--overwrite",
    ),
    "a namespace with pods of others": (
        there(labeled("localai-dev"), {"kind": "Deployment", "metadata": {
            "name": "shop", "namespace": "localai-dev"}}),
        "needs the namespace localai-dev, which belongs to somebody else: it holds "
        "Deployment/shop; give the stack",
    ),
    "a cluster that is pulled already": (
        there({"kind": "Application", "metadata": {"name": "cluster-other", "namespace": "argocd"},
               "spec": {"source": {"path": "clusters/other/manifests"}}}),
        "would share a cluster with cluster-other, which is pulled there already; name the right "
        "cluster with --context",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CAUSES)
def test_what_stands_in_the_way_is_told_with_a_cure_and_nothing_is_written(
    case: str, values: Callable[[Cluster], Values]
):
    cluster, cause = CAUSES[case]
    cluster.add(SYSTEM)

    told = refused(cluster, values(cluster))

    assert any(one.startswith(f"clusters/main/cluster.yaml: {cause}") for one in told), told
    assert cluster.writes == []


def test_a_release_that_is_too_old_is_refused_before_it_is_applied(
    values: Callable[[Cluster], Values],
):
    release = ArgoSettings(version="3.1.9", manifests="argocd/install.yaml")
    settings = main().settings.model_copy(update={"argo_cd": release})
    cluster = Cluster()
    cluster.add(SYSTEM)

    assert refused(cluster, values(cluster), replace(main(), settings=settings)) == [
        "clusters/main/cluster.yaml: argoCd.version: is 3.1.9, and needs to be 3.2 or newer; "
        "name a newer release"
    ]
    assert cluster.writes == []


def test_a_missing_secret_is_told_with_its_place_and_key():
    cluster = there()

    told = refused(cluster, Values(root=DATA, run=cluster))

    assert len(told) == sum(map(len, NEEDED.values()))
    assert told[0] == (
        "clusters/main/cluster.yaml: needs the key token of the Secret repository in the namespace "
        "localai-dev, which is not there; create it, or give its value with --secrets or "
        "--secrets-from"
    )
    assert cluster.writes == []


def test_a_person_is_asked_for_each_key_that_is_missing_and_for_no_other():
    cluster = there({"kind": "Secret", "data": {"passphrase": "", "id": ""},
                     "metadata": {"name": "state", "namespace": "localai-dev"}},
                    labeled("localai-dev"))  # fmt: skip
    cluster.add(*ready())
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        return SECRET

    assert bootstrap(made(cluster), Values(root=DATA, run=cluster, prompt=prompt), dry_run=False)
    assert asked == [
        "localai-dev/repository, key token",
        "localai-dev/state, key secret",
        "localai-production/api-key, key value",
    ]
    assert set(cluster.objects["Secret", "localai-dev", "state"]["data"]) == {
        "passphrase", "id", "secret"
    }  # fmt: skip


def test_a_key_of_several_lines_is_never_asked_for_at_a_prompt_of_one():
    repository = main().settings.repository.model_copy(update={"url": "ssh://git@example.com/a"})
    settings = main().settings.model_copy(update={"repository": repository})
    missing = repository_secret("main", settings)
    asked: list[str] = []
    values = Values(root=DATA, run=there(), prompt=lambda words: asked.append(words) or SECRET)

    found = values.fill(main(), [missing], {}, ask=True)

    assert [(one.cause, one.cure) for one in found] == [
        (
            "needs the key sshPrivateKey of the Secret repository-main in the namespace argocd, "
            "which is not there",
            "create it, or give its value with --secrets or --secrets-from",
        )
    ]
    assert asked == []


def test_a_key_added_to_a_secret_that_was_made_here_leaves_its_first_keys(
    values: Callable[[Cluster], Values], capsys: pytest.CaptureFixture[str]
):
    cluster = there()
    cluster.add(*ready())
    bootstrap(made(cluster), values(cluster), dry_run=False)
    state = main().settings.state
    assert state
    session = SecretReference(secret="state", key="session")
    more = state.model_copy(
        update={"environment": {**state.environment, "AWS_SESSION_TOKEN": session}}
    )
    later = replace(main(), settings=main().settings.model_copy(update={"state": more}))
    planned = Values(root=DATA, run=cluster, prompt=lambda _: SECRET)

    assert bootstrap(made(cluster, later), planned, dry_run=False)
    assert set(cluster.objects["Secret", "localai-dev", "state"]["data"]) == {
        "passphrase", "id", "secret", "session"
    }  # fmt: skip
    assert "complete the Secret state in localai-dev: session" in capsys.readouterr().err
    assert base64.b64encode(SECRET.encode()).decode() not in str(cluster.asked)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (f"a/b: {{key: {SECRET}, key: x}}", "cannot be read as plain YAML; write"),
        (f"a: {SECRET}", "is not a mapping of Secrets to their keys"),
        ("a/b: {key: 017}", "write `namespace/secret: {key: value}`"),
        ("a/b: {key: 7}", "has a value of a/b that is not a text"),
    ],
)
def test_a_file_of_secrets_is_refused_without_a_word_of_them(text: str, cause: str, tmp_path: Path):
    file = tmp_path / "secrets.yaml"
    file.write_text(text)

    (told,) = refused(there(), Values(root=DATA, run=there(), file=file))

    assert cause in told
    assert SECRET not in told
    assert "017" not in told


def test_secrets_in_the_checkout_are_refused(tmp_path: Path):
    copy = shutil.copytree(DATA, tmp_path / "project")
    (copy / "secrets.yaml").write_text("{}")

    with pytest.raises(RefusedError, match="is in the checkout, where it could be committed"):
        Values(root=copy, run=there(), file=copy / "secrets.yaml").fill(main(), [], {}, ask=True)


def test_a_cluster_that_no_longer_answers_is_told_with_what_was_done(
    values: Callable[[Cluster], Values],
):
    cluster = there()
    one = made(cluster)
    planned = values(cluster)
    facts = one.facts()
    cluster.is_gone = True

    with pytest.raises(RefusedError, match=r"the cluster does not answer; kubectl says: The conn"):
        one.facts()
    one.done.append("apply the root")
    with pytest.raises(RefusedError, match="does not answer after: apply the root") as told:
        one.wait(facts.heads)
    assert str(told.value).endswith(
        "run this again when it does: what was done stays, and is not done twice"
    )
    assert planned.known == {}


def test_what_is_stuck_is_told_with_its_cure(
    values: Callable[[Cluster], Values], capsys: pytest.CaptureFixture[str]
):
    cluster = there()
    cluster.add(*ready())
    cluster.broken = "rpc error: authentication required: Repository not found"

    assert not bootstrap(made(cluster), values(cluster), dry_run=False)
    told = capsys.readouterr().err
    assert (
        "stack-production is not done; Argo CD cannot read the repository: correct its Secret"
        in told
    )
    assert "run this again to go on waiting" in told


def test_what_argo_cd_gave_up_is_synced_once_more(values: Callable[[Cluster], Values]):
    cluster = there()
    cluster.add(*ready())
    cluster.given_up = {"cluster-main", "operator-dev"}

    assert bootstrap(made(cluster), values(cluster), dry_run=False)
    assert [name for name, _ in cluster.merged] == ["cluster-main", "operator-dev"]
    assert all(change["operation"]["sync"]["prune"] for _, change in cluster.merged)


@dataclass
class Late(Cluster):
    """A cluster whose places look at Git late; until then no sync of production succeeds."""

    looks: int = 0

    def _answer(self, words: list[str], given: bytes) -> str:
        self.looks += words[:2] == ["get", "applications"]
        return "" if words[0] == "patch" and self.looks < 5 else super()._answer(words, given)

    def _synced(self, one: dict[str, Any]) -> dict[str, Any]:
        found = super()._synced(one)
        if one["metadata"]["name"] == "cluster-main-places" and self.looks < 5:
            found["status"]["sync"]["revision"] = "a" * 40
        return found


def test_a_stack_that_was_earlier_than_its_namespace_is_synced_once_more_when_that_is_there(
    values: Callable[[Cluster], Values],
):
    cluster = Late(given_up={"stack-production"})
    cluster.add(SYSTEM, *map(definition, KINDS), controller("3.5.7"), *ready())

    assert bootstrap(made(cluster), values(cluster), dry_run=False)
    asked = [words for words in cluster.asked if "patch" in words]
    # Once in vain, and once more after the places have come: no more often.
    assert [words[words.index("patch") + 2] for words in asked] == ["stack-production"] * 2


def test_stale_manifests_and_an_unknown_cluster_are_refused(tmp_path: Path):
    copy = shutil.copytree(DATA, tmp_path / "project")
    (copy / "clusters/main/manifests/root/application-argocd.cluster-main.yaml").unlink()

    with pytest.raises(RefusedError, match="run `localai-gitops cluster render main`"):
        read(copy, "main")
    with pytest.raises(RefusedError, match="is not there; use one of: main"):
        read(copy, "mian")


def test_every_namespace_of_a_stack_and_of_a_chart_is_looked_at():
    assert spaces(main()) == ["localai-dev", "localai-production", "pulumi-operator"]
