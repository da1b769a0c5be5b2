"""LocalAI v4.8.2, the last release of 4.8."""

from types import MappingProxyType

from localai.accelerator import Accelerator
from localai.fact import Health, Metrics, Paths
from localai.release import Server
from localai.tables import architectures_4_8, environment_4_8, fields_4_8
from localai.tables.engines_4_8 import ENGINES
from localai.tables.holes_4_8 import HOLES

SERVER = Server(
    version="v4.8.2",
    repository="quay.io/go-skynet/local-ai",
    image_suffixes=MappingProxyType(
        {
            Accelerator.CPU: "",
            Accelerator.CUDA_12: "-gpu-nvidia-cuda-12",
            Accelerator.CUDA_13: "-gpu-nvidia-cuda-13",
            Accelerator.ROCM: "-gpu-hipblas",
            Accelerator.INTEL: "-gpu-intel",
            Accelerator.VULKAN: "-gpu-vulkan",
            Accelerator.L4T: "-nvidia-l4t-arm64",
            Accelerator.L4T_CUDA_13: "-nvidia-l4t-arm64-cuda-13",
        }
    ),
    architectures=architectures_4_8.ARCHITECTURES,
    engine_repository="quay.io/go-skynet/local-ai-backends",
    engines=ENGINES,
    binary="/local-ai",
    port=8080,
    paths=Paths(
        models="/models",
        backends="/backends",
        backends_system="/var/lib/local-ai/backends",
        data="/data",
        configuration="/configuration",
        tmp="/tmp",  # noqa: S108 (in the container)
        # The models directory may be read-only once it exists.
        scratch=("/backends", "/data", "/configuration", "/tmp"),  # noqa: S108
        source="Dockerfile; core/cli/run.go; core/application/startup.go (copies of mid 2026)",
    ),
    environment=environment_4_8.ENVIRONMENT,
    closed_doors=environment_4_8.CLOSED_DOORS,
    never_set=environment_4_8.NEVER_SET,
    model_fields=fields_4_8.MODEL_FIELDS,
    usecases=fields_4_8.USECASES,
    health=Health(
        readiness="/readyz",
        liveness="/healthz",
        listener_opens_after_preload=True,
        readiness_proves_models=False,
        stop_seconds=30,
        source="core/http/routes/health.go; core/application/startup.go, as described for v4.8.2; "
        "stop_seconds was run at v4.9.0 and read at v4.8.2",
    ),
    metrics=Metrics(
        path="/metrics",
        needs_key=True,
        names=frozenset(
            {
                "api_call",
                "localai_tokens_total",
                "localai_billed_requests_total",
                "localai_cost_usd_total",
                "localai_usage_unrecorded_total",
                "localai_pii_events_total",
                "localai_invariant_violation_total",
                "localai_agent_runs_total",
                "localai_agent_run_seconds",
            }
        ),
        tells_errors=False,
        tells_model_latency=False,
        source="core/services/monitoring/metrics.go; core/http/routes, as described for v4.8.2",
    ),
    holes=HOLES,
    sources=MappingProxyType(
        {
            "version": "github.com/mudler/LocalAI/releases/tag/v4.8.2",
            "repository": ".github/workflows/image_build.yml: quay.io is the first of two",
            "image_suffixes": ".github/workflows/image.yml",
            "architectures": architectures_4_8.SOURCE,
            "engine_repository": ".github/workflows/backend_build.yml, at commit 01bd3d8212aa",
            "engines": "backend/index.yaml; tags carry the release by backend_build.yml",
            "binary": "Dockerfile; entrypoint.sh ends in exec ./local-ai",
            "port": "Dockerfile, EXPOSE; core/cli/run.go, LOCALAI_ADDRESS",
            "environment": environment_4_8.SOURCE,
            "closed_doors": environment_4_8.SOURCE,
            "never_set": "core/cli/run.go, groups api and hardening (a copy of mid 2026)",
            "model_fields": fields_4_8.SOURCE,
            "usecases": fields_4_8.SOURCE,
        }
    ),
)
