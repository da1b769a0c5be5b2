"""The known issues of LocalAI 4.8 that this repository meets, each in the file that it names."""

from localai.release import KnownIssue

_LOADER = "read: core/config/model_config_loader.go (a copy of mid 2026)"
_SEEN = "run: v4.9.0 with its llama-cpp engine, built from their source"
_INSTALL = "read: core/gallery/backends.go, at commit 0c8bba1fbe3d"
_ENVIRONMENT = "components/server/server_pod.py"
_ENTRY = "components/server/model_list.py"
_ENGINES = "components/server/engines.py"


def _met(name: str, sentence: str, cure: str, by: str, source: str) -> KnownIssue:
    return KnownIssue(id=name, sentence=sentence, cure=cure, met_by=by, source=source)


_CONFIGURATION = (
    _met(
        "unknown-keys-are-ignored",
        "Keys that a model entry should not have vanish without a word.",
        "refuse them before they are merged",
        "models/definition.py",
        _LOADER,
    ),
    _met(
        "reload-forgets-nothing",
        "Reloading adds and updates models but never removes one; nothing watches the files.",
        "roll the pods when the list changes",
        "components/server/model_list.py",
        "read: mudler/LocalAI#11656",
    ),
    _met(
        "list-takes-no-single-mapping",
        "The file of LOCALAI_MODELS_CONFIG_FILE holds a list; what cannot be read is only logged.",
        "write a top-level list",
        "components/server/model_list.py",
        _LOADER,
    ),
    _met(
        "alias-is-nothing-else",
        "An alias with a backend, a model or artifacts is refused, and so is one of an alias.",
        "give an alias only `name` and `alias`",
        _ENTRY,
        "read: core/config/model_config.go, Validate (a copy of mid 2026)",
    ),
    _met(
        "guessing-off-needs-a-template",
        "With guessing off, the template in the weights is not found by itself.",
        "give chat models `template.use_tokenizer_template` and the option `use_jinja:true`",
        _ENTRY,
        "read: core/config/hooks_llamacpp.go, at commit e61e826d9b77",
    ),
    _met(
        "sampling-is-guessed",
        "Sampling defaults come from a table of name patterns that grows with each release.",
        "write temperature, top_p, top_k, min_p and repeat_penalty for every chat model",
        "models/sampling.py",
        _SEEN,
    ),
)
_FILES = (
    _met(
        "downloads-are-not-safe",
        "The server's own downloads take no lock, trust a file without a digest, delete one whose "
        "digest is in upper case, and stop at the first failure.",
        "fetch and verify files once, in a Job, before servers start",
        "components/weights/weights.py",
        "read: pkg/downloader/uri.go (a copy of mid 2026)",
    ),
    _met(
        "redirect-bypasses-the-address-guard",
        "CVE-2026-114493: a redirect leads model downloads to internal addresses (until 4.11).",
        "keep the gallery endpoint off and deny egress",
        "components/network/policies.py",
        "read: CVE-2026-114493",
    ),
)
_INSTALLING = (
    _met(
        "listed-models-install-no-engine",
        "A model from a file does not install its engine; its first request fails instead.",
        "provide every engine of the list before the server starts",
        _ENGINES,
        "read: core/application/startup.go (a copy of mid 2026)",
    ),
    _met(
        "engine-tags-move",
        "LocalAI's own index names engines by tags that move, never by a digest.",
        "name engines by the server's release, and pin their digests",
        "localai/server.py",
        "read: backend/index.yaml, as published on 2026-08-22",
    ),
    _met(
        "install-needs-room-in-tmp",
        "An engine's image is first written as one tar file into the temporary directory.",
        "give the install Job room there for the whole image",
        _ENGINES,
        "read: pkg/oci/image.go, ExtractOCIImage (a copy of mid 2026)",
    ),
    _met(
        "integrity-refuses-references",
        "Where integrity is required, an engine installed by image reference is refused.",
        "leave LOCALAI_REQUIRE_BACKEND_INTEGRITY out of the install Job",
        _ENGINES,
        _INSTALL,
    ),
    _met(
        "system-engines-are-directories",
        "In the system path an engine is a real directory with run.sh; a link is overlooked.",
        "mount or copy directories there, never links",
        _ENGINES,
        _INSTALL,
    ),
)
_SERVING = (
    _met(
        "loading-models-count-twice",
        "Before each load, loads under way are counted beside the models that they load: a limit "
        "of n evicts models while they load, and requests get 500.",
        "allow 2n+1 for n models, and load them before the listener opens",
        "components/server/model_list.py",
        _SEEN,
    ),
    _met(
        "limit-of-one-loads-nothing-at-start",
        "A limit of exactly one active model switches LOCALAI_LOAD_TO_MEMORY off.",
        "list no model to load at start where the limit is 1",
        "components/server/model_list.py",
        _SEEN,
    ),
    _met(
        "busy-models-outlast-the-limit",
        "After 30 tries, one a second, a model is loaded beside one that is still busy.",
        "set LOCALAI_LRU_EVICTION_MAX_RETRIES to the longest answer in seconds and a margin",
        "components/server/model_list.py",
        _SEEN,
    ),
    _met(
        "stopping-cuts-long-answers",
        "After SIGTERM answers are finished for 30 s per loaded model, then they are cut; a "
        "cut stream ends with [DONE] as a whole one does.",
        "wait before SIGTERM for as long as an answer may take",
        "components/server/ending.py",
        _SEEN,
    ),
    _met(
        "workers-cut-answers-at-once",
        "A worker of a distributed pool ends its engines at SIGTERM, whatever they answer.",
        "drain it before it stops",
        "components/server/ending.py",
        _SEEN,
    ),
    _met(
        "front-ends-obey-the-key",
        "With the key of the servers, a front end of a distributed pool drains workers, unloads "
        "models, and stores rules of scheduling in PostgreSQL.",
        "let in only the router, workers and our own monitoring",
        "components/server/distributed.py",
        _SEEN,
    ),
    _met(
        "large-requests-are-refused",
        "Requests of more than 15 MB get 413, whatever an ingress lets pass.",
        "set LOCALAI_UPLOAD_LIMIT",
        _ENVIRONMENT,
        _SEEN,
    ),
    _met(
        "engine-logs-fill-scratch",
        "Engines write their log into the temporary directory and never rotate it.",
        "let llama-cpp write less, by the option `verbosity:2`",
        _ENTRY,
        _SEEN,
    ),
)

MET = (*_CONFIGURATION, *_FILES, *_INSTALLING, *_SERVING)
