"""Series on which every alert fires, and series on which it must not."""

from dataclasses import dataclass, field

from tests.components.addons.anythingllm.stacks import BACKUP as COPIES
from tests.components.addons.anythingllm.stacks import FIELDS as DOCUMENTS
from tests.components.addons.anythingllm.stacks import ROUTER, ROUTER_KEY
from tests.components.addons.mlflow.stacks import WHOLE
from tests.components.addons.served.stacks import MODEL as MODEL_OF_A_REGISTRY
from tests.samples import pool_fields

NS = 'namespace="localai-test"'
ROLLOUT = {"prometheus": "http://prometheus:9090", "traffic": {"host": "digits.example.com"}}
POOLS = {
    "chat": pool_fields(replicas=2),
    "documents": pool_fields(models=["qwen3-embedding-0.6b"]),
}
CHART = {"repository": "https://charts.test/a", "chart": "qdrant", "version": "1.15.5"}
STACK = {
    "monitoring": {"deliveredBy": "main-test"},
    "router": ROUTER,
    "anythingllm": {**DOCUMENTS, "key": ROUTER_KEY, "backup": {**COPIES, "provenDays": 1}},
    "charts": {"qdrant": CHART},
    "mlflow": WHOLE,
    "servedModels": {"digits": {**MODEL_OF_A_REGISTRY, "rollout": ROLLOUT}},
}
AVAILABLE = f'kube_deployment_status_replicas_available{{{NS},deployment="localai-chat"}}'
UP = f'up{{{NS},service="localai-chat",pod="a"}}'
# The other pool is well in every case.
WELL = {
    AVAILABLE.replace("localai-chat", "localai-documents"): "1x1600",
    UP.replace("localai-chat", "localai-documents"): "1x1600",
}
RESTARTS = (
    f'kube_pod_container_status_restarts_total{{{NS},pod="%s-7d9f8b6c5-abcde",container="server"}}'
)
FAILED = 'kube_job_failed{namespace="%s",job_name="%s",condition="true"}'
FAILING = 'stacks_failing{namespace="pulumi",exported_namespace="pulumi",name="%s"}'
APPLICATION = 'argocd_app_info{name="%s",sync_status="%s"}'
# As Prometheus has them from the model check and a real server: with more than the rules read.
CHECKED = f'{NS},container="check",job="monitoring/model-check",pod="model-check-%s"'
NAMED = 'pool="chat",model="qwen3-0.6b",kind="chat",engine="llama-cpp"'
LISTED = f"localai_declared_model_listed{{{CHECKED % 'a'},{NAMED}}}"
INSTALLED = f"localai_declared_model_engine_installed{{{CHECKED % 'a'},{NAMED}}}"
ASKED = f"localai_declared_model_answers{{{CHECKED % 'a'},{NAMED}}}"
OTEL = 'otel_scope_name="github.com/mudler/LocalAI",otel_scope_version="",otel_scope_schema_url=""'
CALLS = f'api_call_sum{{{NS},service="localai-chat",pod="%s",method="POST",path="%s",{OTEL}}}'
ANSWERS = (
    f'litellm_proxy_total_requests_metric_total{{{NS},requested_model="qwen3-0.6b",'
    'status_code="%s"}'
)
FIRST = (
    "litellm_llm_api_time_to_first_token_metric_bucket"
    f'{{{NS},requested_model="qwen3-0.6b",le="%s"}}'
)
CLAIM = f'{NS},persistentvolumeclaim="localai-chat-storage-rwx"'
FREE = f"kubelet_volume_stats_available_bytes{{{CLAIM}}}"
SIZE = f"kubelet_volume_stats_capacity_bytes{{{CLAIM}}}"
DOCUMENTS_UP = AVAILABLE.replace("localai-chat", "localai-anythingllm")
COPIED = f'kube_cronjob_%s{{{NS},cronjob="localai-anythingllm-%s"}}'
ROLLED = f'rollout_info{{{NS},name="served-digits",strategy="canary",phase="%s"}}'
HERE = {"namespace": "localai-test"}
REGISTRY = f'kube_deployment_status_replicas_available{{{NS},deployment="localai-mlflow"}}'
BACKUP = f'kube_cronjob_status_last_%s_time{{{NS},cronjob="localai-mlflow-backup"}}'


@dataclass(frozen=True, kw_only=True)
class Case:
    """Series, one value a minute, and after how long an alert fires; without summary it does not.

    `labels` are those of the alert beside what its rule adds.
    """

    alert: str
    series: dict[str, str]
    minutes: int = 60
    summary: str = ""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    pool: str = "chat"


MODEL = {"pool": "chat", "model": "qwen3-0.6b"}
DEPLOYMENT = {**HERE, "deployment": "localai-chat"}
FIRES = [
    Case(
        alert="LocalAIPoolDown",
        series={AVAILABLE: "2x5 0x60"},
        minutes=30,
        summary="No server of pool chat serves; 2 declared",
        labels=DEPLOYMENT,
    ),
    Case(
        alert="LocalAIPoolDown",
        series={},
        summary="No server of pool chat serves; 2 declared",
        labels=DEPLOYMENT,
    ),
    Case(
        alert="LocalAIPoolShort",
        series={AVAILABLE: "1x90"},
        summary="1 of 2 declared servers of pool chat serve",
        labels=DEPLOYMENT,
    ),
    Case(
        alert="LocalAINotScraped",
        series={UP: "0x90", UP.replace('"a"', '"b"'): "1x90"},
        summary="Prometheus gets no metrics of pool chat",
    ),
    Case(
        alert="LocalAINotScraped",
        series={},
        summary="Prometheus gets no metrics of pool chat",
        labels={**HERE, "service": "localai-chat"},
    ),
    Case(
        alert="LocalAIServerRestarting",
        series={RESTARTS % "localai-chat": "0+1x90"},
        summary="A server of pool chat restarted 60 times in an hour",
        labels={**HERE, "pod": "localai-chat-7d9f8b6c5-abcde", "container": "server"},
    ),
    Case(
        alert="LocalAIDownloadFailed",
        series={FAILED % ("localai-test", "localai-chat-engines-0a1b2c3d"): "1x90"},
        summary="Job localai-chat-engines-0a1b2c3d of pool chat gave up",
        labels={**HERE, "job_name": "localai-chat-engines-0a1b2c3d", "condition": "true"},
    ),
    Case(
        alert="LocalAIClaimNearlyFull",
        series={FREE: "5x90", SIZE: "100x90"},
        summary="Claim localai-chat-storage-rwx has 5 % free",
    ),
    Case(
        # Four seconds of answering a second, by two pods of two slots.
        alert="LocalAISaturated",
        series={
            AVAILABLE: "2x90",
            CALLS % ("a", "/v1/chat/completions"): "0+120x90",
            CALLS % ("b", "/v1/messages"): "0+120x90",
        },
        summary="100 % of the chat slots of pool chat are busy",
    ),
    Case(
        alert="LocalAIRequestsFailing",
        series={ANSWERS % "200": "0+90x90", ANSWERS % "503": "0+10x90"},
        summary="10 % of the requests for qwen3-0.6b fail at the router",
        labels={"requested_model": "qwen3-0.6b"},
        pool="",
    ),
    Case(
        alert="LocalAIFirstTokenSlow",
        series={FIRST % "2.0": "0x90", FIRST % "10.0": "0+60x90", FIRST % "+Inf": "0+60x90"},
        summary="The first token of qwen3-0.6b takes 9.6 s (95th percentile)",
        labels={"requested_model": "qwen3-0.6b"},
        pool="",
    ),
    Case(
        # One of several servers lacks it: the Service asks another one each time.
        alert="LocalAIModelNotListed",
        series={LISTED: "1 0 1 " * 30},
        summary="Model qwen3-0.6b is declared but not listed by pool chat",
        labels=MODEL,
        pool="",
    ),
    Case(
        # Listed all the same; the server is ready, and nobody asks the model.
        alert="LocalAIEngineMissing",
        series={LISTED: "1x90", INSTALLED: "1x10 0x80"},
        minutes=30,
        summary="Engine llama-cpp is not installed in pool chat; its models get 500",
        labels={"pool": "chat", "engine": "llama-cpp"},
        pool="",
    ),
    Case(
        # Listed, with its engine: the weights do not load.
        alert="LocalAIModelNotAnswering",
        series={LISTED: "1x90", INSTALLED: "1x90", ASKED: "1x10 0x80"},
        minutes=30,
        summary="Model qwen3-0.6b of pool chat does not answer one token, one word or one document",
        labels=MODEL,
        pool="",
    ),
    Case(
        alert="LocalAIModelNotAnswering",
        series={ASKED: "1 1 0 " * 30},
        summary="Model qwen3-0.6b of pool chat does not answer one token, one word or one document",
        labels=MODEL,
        pool="",
    ),
    Case(
        alert="LocalAIModelCheckMissing",
        series={},
        summary="Nobody checks which models are served",
        labels=HERE,
        pool="",
    ),
    Case(
        alert="LocalAIStackFailing",
        series={FAILING % "main-test": "1x90"},
        summary="The last update of Stack main-test failed: the cluster is not what Git says",
        labels={"name": "main-test"},
        pool="",
    ),
    Case(
        alert="LocalAIOutOfSync",
        series={APPLICATION % ("localai-test-qdrant", "OutOfSync"): "1x200"},
        minutes=90,
        summary="Application localai-test-qdrant is OutOfSync: the cluster is not what Git says",
        labels={"name": "localai-test-qdrant", "sync_status": "OutOfSync"},
        pool="",
    ),
    *(
        Case(
            alert="LocalAIRegistryDown",
            series=series,
            summary="No pod of the registry of models serves: nothing is registered or fetched",
            labels={**HERE, "deployment": "localai-mlflow"},
            pool="",
        )
        for series in ({REGISTRY: "1x5 0x90"}, {})
    ),
    # One that failed after others had succeeded, and one that never did.
    *(
        Case(
            alert="LocalAIRegistryBackupFailing",
            series=series,
            minutes=600,
            summary="The last backup of the registry of models did not succeed",
            labels={**HERE, "cronjob": "localai-mlflow-backup"},
            pool="",
        )
        for series in (
            {BACKUP % "schedule": "9000x700", BACKUP % "successful": "700x700"},
            {BACKUP % "schedule": "9000x700"},
        )
    ),
    *(
        Case(
            alert="LocalAIAnythingLLMDown",
            series=series,
            summary="The pod of AnythingLLM does not serve",
            labels={**HERE, "deployment": "localai-anythingllm"},
            pool="",
        )
        for series in ({DOCUMENTS_UP: "1x5 0x90"}, {})
    ),
    Case(
        alert="LocalAIAnythingLLMBackupFailing",
        series={COPIED % ("status_last_schedule_time", "backup"): "9000x700"},
        minutes=600,
        summary="The last backup of AnythingLLM did not succeed",
        labels={**HERE, "cronjob": "localai-anythingllm-backup"},
        pool="",
    ),
    # The last proof is a day old, and there never was one.
    *(
        Case(
            alert="LocalAIAnythingLLMBackupUnproven",
            series={COPIED % (name, "rehearsal"): "0x1700"},
            minutes=1600,
            summary="No copy of AnythingLLM was restored on trial for 1 days",
            labels={**HERE, "cronjob": "localai-anythingllm-rehearsal"},
            pool="",
        )
        for name in ("status_last_successful_time", "created")
    ),
    Case(
        alert="LocalAIRolloutAborted",
        series={ROLLED % "Degraded": "1x90"},
        summary="The rollout of served-digits was aborted: the version before serves, and Git says "
        "another one",
        labels={"name": "served-digits"},
        pool="",
    ),
]
QUIET = [
    Case(alert="LocalAIAnythingLLMDown", series={DOCUMENTS_UP: "1x20 0x5 1x90"}, minutes=30),
    Case(
        alert="LocalAIAnythingLLMBackupFailing",
        series={
            COPIED % ("status_last_schedule_time", "backup"): "9000x700",
            COPIED % ("status_last_successful_time", "backup"): "9600x700",
        },
        minutes=600,
    ),
    Case(
        alert="LocalAIAnythingLLMBackupUnproven",
        series={
            COPIED % ("created", "rehearsal"): "0x1700",
            COPIED % ("status_last_successful_time", "rehearsal"): "60000x1700",
        },
        minutes=1600,
    ),
    Case(alert="LocalAIRolloutAborted", series={ROLLED % "Progressing": "1x90"}),
    Case(alert="LocalAIRolloutAborted", series={ROLLED % "Degraded": "1x4"}),
    # A rollout that takes eight minutes.
    Case(alert="LocalAIPoolDown", series={AVAILABLE: "2x5 0x8 2x60"}, minutes=14),
    Case(alert="LocalAIPoolDown", series={AVAILABLE: "1x90"}),
    # The first weights arrive: nothing serves yet, and nobody has to be told.
    Case(
        alert="LocalAIPoolDown",
        series={f'kube_job_status_active{{{NS},job_name="localai-chat-weights-0a1b2c3d"}}': "1x90"},
    ),
    Case(alert="LocalAIPoolShort", series={AVAILABLE: "1x25 2x90"}),
    Case(alert="LocalAIPoolShort", series={AVAILABLE: "2x90"}),
    Case(alert="LocalAINotScraped", series={UP: "0x10 1x90"}),
    Case(
        alert="LocalAIServerRestarting",
        series={RESTARTS % "localai-chat": "2x90", RESTARTS % "localai-chat-large": "0+1x90"},
    ),
    Case(
        alert="LocalAIDownloadFailed",
        series={
            FAILED % ("localai-test", "localai-chat-weights-0a1b2c3d"): "0x90",
            FAILED % ("localai-test", "localai-chat-large-weights-0a1b2c3d"): "1x90",
            FAILED % ("other", "localai-chat-weights-0a1b2c3d"): "1x90",
        },
    ),
    Case(alert="LocalAIClaimNearlyFull", series={FREE: "15x90", SIZE: "100x90"}),
    # Time on other routes takes no slot.
    Case(
        alert="LocalAISaturated",
        series={
            AVAILABLE: "2x90",
            CALLS % ("a", "/v1/chat/completions"): "0+120x90",
            CALLS % ("a", "/v1/models"): "0+240x90",
            # A route that nobody knows.
            CALLS % ("a", ""): "0+240x90",
        },
    ),
    # The client's own mistakes are not ours: names that are not declared, and prompts that are too
    # long, which the router refuses, or of whose 500 it makes a 400.
    Case(
        alert="LocalAIRequestsFailing",
        series={ANSWERS % "200": "0+50x90", ANSWERS % "404": "0+50x90"},
    ),
    Case(
        alert="LocalAIRequestsFailing",
        series={ANSWERS % "200": "0+50x90", ANSWERS % "400": "0+600x90"},
    ),
    Case(alert="LocalAIRequestsFailing", series={ANSWERS % "200": "0x90", ANSWERS % "500": "0x90"}),
    Case(
        alert="LocalAIFirstTokenSlow",
        series={FIRST % "1.0": "0+60x90", FIRST % "10.0": "0+60x90", FIRST % "+Inf": "0+60x90"},
    ),
    # A rollout of the only server; a new pod of the check.
    Case(alert="LocalAIModelNotListed", series={LISTED: "1x20 0x8 1x90"}, minutes=30),
    Case(
        alert="LocalAIModelNotListed",
        series={LISTED: "1x20 _x90", LISTED.replace("check-a", "check-b"): "_x22 1x90"},
    ),
    # Who cannot be asked says nothing of engines; workers have their own.
    Case(alert="LocalAIEngineMissing", series={LISTED: "0x90"}),
    Case(alert="LocalAIEngineMissing", series={INSTALLED: "1x20 0x3 1x90"}, minutes=30),
    # One question that waited too long behind others; and a model that is never asked.
    Case(alert="LocalAIModelNotAnswering", series={ASKED: "1x20 0 1x90"}, minutes=30),
    Case(alert="LocalAIModelNotAnswering", series={LISTED: "1x90", INSTALLED: "1x90"}),
    Case(alert="LocalAIModelCheckMissing", series={LISTED: "0x90"}),
    Case(alert="LocalAIStackFailing", series={FAILING % "main-other": "1x90"}),
    Case(alert="LocalAIStackFailing", series={FAILING % "main-test": "0x90"}),
    Case(
        alert="LocalAIOutOfSync",
        series={
            APPLICATION % ("localai-test-qdrant", "Synced"): "1x200",
            APPLICATION % ("other-qdrant", "OutOfSync"): "1x200",
        },
        minutes=90,
    ),
    Case(alert="LocalAIRegistryDown", series={REGISTRY: "1x20 0x5 1x90"}, minutes=30),
    # It runs for an hour each night.
    Case(
        alert="LocalAIRegistryBackupFailing",
        series={BACKUP % "schedule": "9000x700", BACKUP % "successful": "700x60 12000x640"},
        minutes=600,
    ),
    Case(alert="LocalAIRegistryBackupFailing", series={}, minutes=600),
]
