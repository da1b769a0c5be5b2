"""The known traps of LocalAI 4.8."""

from localai.fact import Hole

_LOADER = "core/config/model_config_loader.go (a copy of mid 2026)"
_STARTUP = "core/application/startup.go (a copy of mid 2026)"
_DOWNLOADER = "pkg/downloader/uri.go (a copy of mid 2026)"
_INSTALL = "core/gallery/backends.go, read at commit 0c8bba1fbe3d"


def _hole(name: str, sentence: str, cure: str, source: str) -> Hole:
    return Hole(id=name, sentence=sentence, cure=cure, source=source)


_CONFIGURATION = (
    _hole(
        "unknown-keys-are-ignored",
        "Keys that a model entry should not have vanish without a word.",
        "Refuse them before they are merged.",
        _LOADER,
    ),
    _hole(
        "bad-entries-are-skipped",
        "An entry that cannot be read is logged and left out, and the server still becomes ready.",
        "Compare /v1/models with the list before traffic is sent.",
        _LOADER,
    ),
    _hole(
        "reload-forgets-nothing",
        "Reloading adds and updates models but never removes one; nothing watches the files.",
        "Roll the pods when the list changes.",
        "mudler/LocalAI#11656",
    ),
    _hole(
        "list-takes-no-single-mapping",
        "The file of LOCALAI_MODELS_CONFIG_FILE holds a list; what cannot be read is only logged.",
        "Write a top-level list.",
        _LOADER,
    ),
    _hole(
        "artifacts-are-written-back",
        "What an entry's `artifacts` resolve to is written into the file that declared them.",
        "Leave `artifacts` out, and give directory engines a path that exists below the models.",
        _LOADER,
    ),
    _hole(
        "alias-is-nothing-else",
        "An alias with a backend, a model or artifacts is refused, and so is one of an alias.",
        "Give an alias only `name` and `alias`.",
        "core/config/model_config.go, Validate (a copy of mid 2026)",
    ),
    _hole(
        "guessing-off-needs-a-template",
        "With guessing off, the template in the weights is not found by itself.",
        "Give chat models `template.use_tokenizer_template` and the option `use_jinja:true`.",
        "core/config/hooks_llamacpp.go, read at commit e61e826d9b77",
    ),
)
_FILES = (
    _hole(
        "sha256-upper-case-never-matches",
        "A digest in upper case never matches: the file is deleted and fetched at every start.",
        "Write digests in lower case.",
        _DOWNLOADER,
    ),
    _hole(
        "file-without-digest-is-trusted",
        "A file that exists is taken as it is where no digest is given, whatever its address.",
        "Check every file against its digest before the server starts.",
        _DOWNLOADER,
    ),
    _hole(
        "downloads-take-no-lock",
        "Two servers that start together append to the same partial file.",
        "Fetch files once, in a Job, before servers start.",
        _DOWNLOADER,
    ),
    _hole(
        "first-failure-stops-preload",
        "One failing download leaves all remaining models unprepared, in random order.",
        "Give the server files that are there, and no `download_files`.",
        _LOADER,
    ),
)
_ENGINES = (
    _hole(
        "listed-models-install-no-engine",
        "A model from a file does not install its engine; its first request fails instead.",
        "Provide every engine of the list before the server starts.",
        _STARTUP,
    ),
    _hole(
        "engine-tags-move",
        "LocalAI's own index names engines by tags that move, never by a digest.",
        "Name engines by the server's release, and pin their digests.",
        "backend/index.yaml, as published on 2026-08-22",
    ),
    _hole(
        "installing-again-fetches-again",
        "An engine installed by image reference is fetched in full each time, present or not.",
        "Skip the install where its run.sh exists.",
        _INSTALL,
    ),
    _hole(
        "install-needs-room-in-tmp",
        "An engine's image is first written as one tar file into the temporary directory.",
        "Give the install Job room there for the whole image.",
        "pkg/oci/image.go, ExtractOCIImage (a copy of mid 2026)",
    ),
    _hole(
        "integrity-refuses-references",
        "Where integrity is required, an engine installed by image reference is refused.",
        "Leave LOCALAI_REQUIRE_BACKEND_INTEGRITY out of the install Job, which pins digests.",
        _INSTALL,
    ),
    _hole(
        "system-engines-are-directories",
        "In the system path an engine is a real directory with run.sh; a link is overlooked.",
        "Mount or copy directories there, never links.",
        _INSTALL,
    ),
)
_SERVING = (
    _hole(
        "ready-is-not-serving",
        "Readiness says that starting has ended, not that the declared models are there.",
        "Ask for every declared model before traffic is sent.",
        _STARTUP,
    ),
    _hole(
        "open-requests-are-cut",
        "After SIGTERM each loaded model has 30 s; then streams end, cut, with [DONE].",
        "Withdraw the pod first and wait in preStop for as long as the longest answer.",
        "run at v4.9.0; pkg/signals/handler.go and pkg/model, read for v4.8.2",
    ),
    _hole(
        "opaque-errors-hide-the-status",
        "With opaque errors every error is a bare 500, so a client's mistake looks like a fault.",
        "Read error rates per model from probes, not from status codes of clients.",
        "core/cli/run.go, help of --opaque-errors (a copy of mid 2026)",
    ),
    _hole(
        "cors-is-open-when-off",
        "Without LOCALAI_CORS any web page may call the server from a browser.",
        "Demand an API key, and let a gateway decide on origins.",
        "core/http/app.go, as described for v4.8.2",
    ),
    _hole(
        "metrics-tell-no-errors",
        "The server's metrics carry neither status nor latency per model.",
        "Measure at a gateway or with a prober.",
        "core/services/monitoring/metrics.go, as described for v4.8.2",
    ),
    _hole(
        "redirect-bypasses-the-address-guard",
        "CVE-2026-114493: a redirect leads model downloads to internal addresses (4.6 to 4.11).",
        "Keep the gallery endpoint off and deny egress.",
        "CVE-2026-114493",
    ),
)

HOLES = (*_CONFIGURATION, *_FILES, *_ENGINES, *_SERVING)
