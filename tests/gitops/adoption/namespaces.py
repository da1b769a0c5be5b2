"""Namespaces in which LocalAI runs already: one made by hand, one as the old chart renders it."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from gitops.adoption.adoption import Request
from gitops.adoption.entries import Entry
from gitops.adoption.given import Given, read_facts
from gitops.adoption.remark import Remark
from gitops.adoption.running import Running, running
from gitops.adoption.workload import Workload, variables, workloads
from hardware.profiles import PROFILES
from localai.server import server

Object = dict[str, Any]
NAMESPACE = "ai"
ADDRESS = "10.1.2.3"
DIGEST = "a" * 64
OTHER_DIGEST = "b" * 64
PLAIN_KEY = "sk-a-key-that-nobody-may-see"

CHAT: Object = {
    "name": "assistant-7b",
    "backend": "llama-cpp",
    "context_size": 8192,
    "f16": True,
    "threads": 6,
    "gpu_layers": 35,
    "parameters": {"model": "assistant-7b.Q4_K_M.gguf", "temperature": 0.7, "mirostat": 2},
    "template": {"use_tokenizer_template": True},
    "stopwords": ["<|im_end|>"],
    "options": ["parallel:4", "use_jinja:true", "cache_reuse:128"],
    "roles": {"user": "User"},
    "download_files": [
        {
            "filename": "assistant-7b.Q4_K_M.gguf",
            "sha256": DIGEST.upper(),
            "uri": "huggingface://someone/assistant-7b-GGUF/assistant-7b.Q4_K_M.gguf",
        }
    ],
}
WORDS: Object = {
    "name": "Words",
    "embeddings": True,
    "parameters": {"model": "words.gguf"},
    "download_files": [
        {"filename": "words.gguf", "uri": "https://files.test/words.gguf", "sha256": OTHER_DIGEST}
    ],
}
SIZES = "100 ./assistant-7b.Q4_K_M.gguf\n200 ./words.gguf\n"


def hand_made(**changes: Any) -> list[Object]:
    """Return a Deployment with a GPU, a Service, a claim and a ConfigMap with a list of models.

    `changes` are keys of the server's container.
    """
    server = {
        "name": "server",
        "image": "localai/localai:v4.9.0-gpu-nvidia-cuda-12",
        "env": [
            {"name": "LOCALAI_MODELS_CONFIG_FILE", "value": "/config/models.yaml"},
            {
                "name": "LOCALAI_API_KEY",
                "valueFrom": {"secretKeyRef": {"name": "keys", "key": "localai"}},
            },
        ],
        "resources": {"limits": {"nvidia.com/gpu": "1", "memory": "16Gi", "cpu": "6"}},
        "volumeMounts": [
            {"name": "models", "mountPath": "/models"},
            {"name": "config", "mountPath": "/config"},
        ],
    }
    return [
        workload(
            "localai",
            {**server, **changes},
            volumes=[
                {"name": "models", "persistentVolumeClaim": {"claimName": "weights"}},
                {"name": "config", "configMap": {"name": "models"}},
            ],
            nodeSelector={"nvidia.com/gpu.product": "NVIDIA-L4", "disk": "fast"},
        ),
        service("localai", {"app": "localai"}, 8080),
        claim("weights", "ReadWriteOnce"),
        config_map("models", {"models.yaml": yaml.safe_dump([CHAT, WORDS, alias("gpt-4")])}),
    ]


def chart() -> list[Object]:
    """Return what the chart local-ai 3.4.2 makes of a release `local-ai`, as Helm leaves it there.

    Its models are one ConfigMap key each, copied into the claim by an init container; templates lie
    beside them, the claims are for many nodes, and the Service listens on port 80.
    """
    both = [
        {"name": "models", "mountPath": "/models"},
        {"name": "output", "mountPath": "/tmp/generated"},  # noqa: S108 (in the container)
    ]
    copy_models = {
        "name": "models-configs",
        "image": "busybox",
        "command": ["/bin/sh", "-c"],
        "args": ["copies each file to /models"],
        "volumeMounts": [{"name": "models-configs", "mountPath": "/models-configs"}, *both],
    }
    server = {
        "name": "local-ai",
        "image": "quay.io/go-skynet/local-ai:v2.23.0",
        "env": [
            {"name": "CONTEXT_SIZE", "value": "512"},
            {"name": "THREADS", "value": "4"},
            {"name": "MODELS_PATH", "value": "/models"},
        ],
        "volumeMounts": both,
    }
    labels = {"app.kubernetes.io/name": "local-ai", "app.kubernetes.io/instance": "local-ai"}
    made = workload(
        "local-ai",
        server,
        labels=labels,
        initContainers=[copy_models],
        volumes=[
            volume("models", "local-ai-models"),
            volume("output", "local-ai-output"),
            {"name": "models-configs", "configMap": {"name": "local-ai-models-configs"}},
            {"name": "prompt-templates", "configMap": {"name": "local-ai-prompt-templates"}},
        ],
    )
    phi = {
        "name": "phi-2",
        "parameters": {"model": "phi-2.Q8_0.gguf", "top_k": 40},
        "template": {"chat": "phi-chat"},
        "download_files": [
            {"filename": "phi-2.Q8_0.gguf", "uri": "https://files.test/phi-2.Q8_0.gguf"}
        ],
    }
    found = [
        made,
        service("local-ai", {"app.kubernetes.io/name": "local-ai"}, 80),
        claim("local-ai-models", "ReadWriteMany"),
        claim("local-ai-output", "ReadWriteMany"),
        config_map("local-ai-models-configs", {"phi-2": yaml.safe_dump(phi)}),
        config_map("local-ai-prompt-templates", {"phi-chat.tmpl": "Instruct: {{.Input}}\nOutput:"}),
    ]
    for one in found:
        one["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm", **labels}
        one["metadata"]["annotations"] = {"meta.helm.sh/release-name": "local-ai"}
    return found


PHI_FACTS = f"{DIGEST}  ./phi-2.Q8_0.gguf\n300  ./phi-2.Q8_0.gguf\n"


def workload(
    name: str, server: Object, *, labels: Object | None = None, kind: str = "Deployment", **pod: Any
) -> Object:
    """Return a workload of one container."""
    marks = labels or {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": marks},
            "template": {"metadata": {"labels": marks}, "spec": {"containers": [server], **pod}},
        },
    }


def service(name: str, selector: Object, port: int, **spec: Any) -> Object:
    """Return a Service."""
    ports = [{"name": "http", "port": port, "targetPort": 8080}]
    own = {"type": "ClusterIP", "clusterIP": ADDRESS, "selector": selector, "ports": ports}
    return _object("Service", name, spec={**own, **spec})


def claim(name: str, access: str) -> Object:
    """Return a claim."""
    asked = {"requests": {"storage": "20Gi"}}
    return _object(
        "PersistentVolumeClaim", name, spec={"accessModes": [access], "resources": asked}
    )


def config_map(name: str, data: Object) -> Object:
    """Return a ConfigMap."""
    return _object("ConfigMap", name, data=data)


def volume(name: str, claim_name: str) -> Object:
    """Return a volume that is a claim."""
    return {"name": name, "persistentVolumeClaim": {"claimName": claim_name}}


def alias(name: str) -> Object:
    """Return another name for the chat model."""
    return {"name": name, "alias": "assistant-7b"}


def listed(objects: list[Object]) -> Object:
    """Return objects as kubectl prints them."""
    return {"apiVersion": "v1", "kind": "List", "items": copy.deepcopy(objects)}


def found(objects: list[Object]) -> Running:
    """Return objects as they are read."""
    return running(NAMESPACE, listed(objects))


def _object(kind: str, name: str, **fields: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        **fields,
    }


def given(facts: str = "", templates: dict[str, str] | None = None, **container: Any) -> Given:
    """Return the surroundings of an entry on a server with a GPU."""
    return Given(
        server=server("v4.9.0"),
        variables=variables(container, {}),
        templates=templates or {},
        fetched={},
        facts=read_facts(facts),
        has_gpu=True,
        cpu=4,
        origin="deployment/localai in ai",
    )


def entry(**keys: Any) -> Entry:
    """Return a model entry of a ConfigMap."""
    return Entry(source="ConfigMap models, models.yaml", keys=keys)


def pod_of(objects: list[Object]) -> Object:
    """Return the pod specification of the workload among objects, to be changed."""
    return objects[0]["spec"]["template"]["spec"]


def only_workload(objects: list[Object]) -> Workload:
    """Return the one workload among objects that runs LocalAI."""
    (one,) = workloads(found(objects))
    return one


def request(facts: str = "", **changes: Any) -> Request:
    """Return what a person asks for."""
    asked = Request(
        stack="home", cluster="home", gpu=None, profiles=PROFILES, named=(), clients=(), entries=(),
        facts=read_facts(facts), adopt="localai-gitops adopt", kubectl="kubectl --namespace ai",
    )  # fmt: skip
    return replace(asked, **changes)


def with_figures(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of an adoption once a person has looked up what no cluster knows."""
    figures = "architecture: {layers: 2, kv_heads: 1, head_dim: 8}\n"
    return {
        name: text + figures if "\nkind: chat\n" in text and "architecture:" not in text else text
        for name, text in files.items()
    }


def texts(remarks: Iterable[Remark]) -> str:
    """Return remarks as lines."""
    return "\n".join(f"{one.fate.value}: {one}" for one in remarks)
