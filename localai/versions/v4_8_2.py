"""LocalAI v4.8.2, the last release of 4.8: only read, never run by us."""

from types import MappingProxyType

from localai.release import Accelerator, Health, Metrics, Paths, Server
from localai.tables import engines_4_8, server_4_8
from localai.tables.engines_4_8 import ENGINES
from localai.tables.known_issues_4_8 import ASSUMED
from localai.tables.server_4_8 import DISTRIBUTED

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
    architectures=engines_4_8.ARCHITECTURES,
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
        # The models directory may be read-only once it exists.
        scratch=("/backends", "/data", "/configuration", "/tmp"),  # noqa: S108
        source="read: Dockerfile; core/cli/run.go; core/application/startup.go (copies of 2026)",
    ),
    environment=server_4_8.ENVIRONMENT,
    closed_doors=server_4_8.CLOSED_DOORS,
    model_fields=server_4_8.MODEL_FIELDS,
    health=Health(
        readiness="/readyz",
        liveness="/healthz",
        stop_seconds=30,
        source="read: core/http/routes/health.go; core/application/startup.go; pkg/model/loader.go",
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
        source="read: core/services/monitoring/metrics.go; core/http/routes",
    ),
    known_issues=ASSUMED,
    distributed=DISTRIBUTED,
    sources=MappingProxyType(
        {
            "version": "read: github.com/mudler/LocalAI/releases/tag/v4.8.2",
            "repository": "read: .github/workflows/image_build.yml: quay.io is the first of two",
            "image_suffixes": "read: .github/workflows/image.yml",
            "architectures": engines_4_8.SOURCE,
            "engine_repository": "read: .github/workflows/backend_build.yml, commit 01bd3d8212aa",
            "engines": "read: backend/index.yaml; tags carry the release by backend_build.yml",
            "binary": "read: Dockerfile; entrypoint.sh ends in exec ./local-ai",
            "port": "read: Dockerfile, EXPOSE; core/cli/run.go, LOCALAI_ADDRESS",
            "environment": server_4_8.SOURCE,
            "closed_doors": server_4_8.SOURCE,
            "model_fields": server_4_8.FIELDS_SOURCE,
        }
    ),
)
