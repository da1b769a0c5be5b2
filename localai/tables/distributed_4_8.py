"""The distributed mode of LocalAI 4.8 and 4.9, in which front ends dial their workers.

Copies of the source after v4.9.0 let a worker dial out instead (LOCALAI_WORKER_TUNNEL): that is
another table.
"""

from types import MappingProxyType

from localai.distributed import Distributed

_FRONT_END = """
    AUTH AUTH_DATABASE_URL AUTH_HMAC_SECRET AUTO_APPROVE_NODES DISABLE_LOCAL_AUTH DISTRIBUTED
    DISTRIBUTED_REQUIRE_AUTH DISTRIBUTED_SHARED_MODELS NATS_ACCOUNT_SEED NATS_SERVICE_JWT
    NATS_SERVICE_SEED NATS_URL REGISTRATION_MODE REGISTRATION_TOKEN
"""
_WORKER = """
    ADVERTISE_ADDR ADVERTISE_HTTP_ADDR BACKENDS_PATH BACKENDS_SYSTEM_PATH BACKEND_GALLERIES
    DISTRIBUTED_REQUIRE_AUTH GALLERIES HEARTBEAT_INTERVAL HTTP_ADDR MODELS_PATH NATS_URL NODE_LABELS
    NODE_NAME REGISTER_TO REGISTRATION_TOKEN REQUIRE_BACKEND_INTEGRITY SERVE_ADDR
"""

DISTRIBUTED = Distributed(
    verb="worker",
    file_port=50050,
    grpc_port=50051,
    readiness="/readyz",
    liveness="/healthz",
    scratch=("/staging", "/cache"),
    own_path="/api/node",
    front_end=frozenset(f"LOCALAI_{name}" for name in _FRONT_END.split()),
    worker=frozenset(f"LOCALAI_{name}" for name in _WORKER.split()),
    sources=MappingProxyType(
        {
            "verb": "read: core/cli/worker.go: WorkerCMD",
            "file_port": "read: core/cli/worker.go: resolveHTTPAddr, one below the gRPC port",
            "grpc_port": "read: core/cli/worker.go: LOCALAI_SERVE_ADDR; startBackend counts up",
            "readiness": "read: docs/content/features/distributed-mode.md: /readyz, the file port",
            "liveness": "read: the same",
            "scratch": "read: core/cli/worker.go: Run; subscribeFileStaging",
            "own_path": "read: core/http/routes/nodes.go: RegisterNodeSelfServiceRoutes",
            "front_end": "read: core/cli/run.go, groups auth and distributed (copies of 2026)",
            "worker": "read: core/cli/worker.go, core/services/worker/config.go (copies of 2026)",
        }
    ),
)
