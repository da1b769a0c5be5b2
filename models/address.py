"""The address of a file of weights: a host by its name, a path that every server reads alike."""

import re
from difflib import get_close_matches
from urllib.parse import unquote

from documents.validation import contradiction
from fetch.weight_set import acceptable

# Those whose quantized files LocalAI's own gallery takes most, and the makers of the models.
_KNOWN = """
    01-ai AtomicChat BAAI Comfy-Org CohereForAI DavidAU DevQuasar EleutherAI HuggingFaceTB
    Jackrong LiquidAI LocalAI-Community LocalAI-io MaziyarPanahi MiniMaxAI Mozilla NousResearch
    OpenGVLab QuantFactory QuantStack Qwen Serveurperso Supertone Systran TheBloke THUDM
    XiaomiMiMo allenai apple arcee-ai baidu bartowski bigcode black-forest-labs city96
    comfyanonymous csukuangfj deepseek-ai facebook ggerganov ggml-org google gpustack
    hugging-quants ibm-granite intfloat internlm jinaai leejet lmstudio-community meta-llama
    microsoft mistralai mixedbread-ai mlabonne moonshotai mradermacher mudler nomic-ai nvidia
    openai openbmb openchat rhasspy second-state sentence-transformers stabilityai stduhpf
    tencent tiiuae unsloth zai-org
"""
KNOWN = tuple(_KNOWN.split())
# Signs that a reader takes for one another.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "3": "e", "4": "a", "5": "s"})
# A name of fewer letters has honest neighbors.
_SHORTEST = 6


def skeleton(name: str) -> str:
    """Return what two names have in common that are easily taken for one another."""
    plain = "".join(sign for sign in name.lower() if sign not in "-_.")
    return plain.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


_BY_SKELETON = {skeleton(name): name for name in KNOWN}


def own_spelling(owner: str) -> str:
    """Return the known owner that a name looks like, or else the name itself."""
    if owner in KNOWN:
        return owner
    alike = _BY_SKELETON.get(skeleton(owner))
    near = (name for name in KNOWN if len(name) >= _SHORTEST and _one_slip(owner.lower(), name))
    return alike or next(near, owner)


def _one_slip(one: str, other: str) -> bool:
    """Return whether one letter more, less or else, or two swapped, tells two names apart."""
    other = other.lower()
    if abs(len(one) - len(other)) > 1:
        return False
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])


HUB = "huggingface.co"
_PLAIN_HOSTS = (HUB, "github.com", "raw.githubusercontent.com", "modelscope.cn", "ollama.com")
# Visible ASCII only: a look-alike host or a line break is not what a reviewer sees.
ADDRESS = re.compile(r"https://([A-Za-z0-9.-]+)(?::([0-9]{1,5}))?(/[!-~]*)\Z")
# An image by its content: a tag could be moved after the review.
IMAGE = re.compile(r"oci://([a-z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64})\Z")
_CARRIES_MORE = re.compile(r"https://([^/]*@|.*[?#])")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_NUMBER = re.compile(r"([0-9]+|0x[0-9a-f]*)\Z")
# Names that mean the machine itself, the cluster's API, or where clouds hand out credentials.
_INSIDE = re.compile(
    r"localhost|.*\.localhost|localhost\..*|kubernetes(\.default(\.svc.*)?)?|metadata"
    r"|instance-data.*|metadata\.goog|.*\.internal|.*\.in-addr\.arpa|.*\.ip6\.arpa"
    r"|.*\.(nip|sslip|xip)\.io"
)
_COMMIT = "[0-9a-f]{40}"
_STEP = "[A-Za-z0-9][A-Za-z0-9._-]*"
_FILE = r"/[^?#]+\Z"
_HUB_FILE = re.compile(rf"/({_STEP})/{_STEP}/resolve/(main|{_COMMIT}){_FILE}")
_HUB_PAGE = re.compile(rf"/{_STEP}/{_STEP}/(blob|raw|tree|raw-file){_FILE}")
_HUB_REVISION = re.compile(rf"/{_STEP}/{_STEP}/resolve/([^/]+){_FILE}")
_MOVING = re.compile(
    rf"(github\.com/{_STEP}/{_STEP}/(releases/latest/|(raw|blob)/(?!{_COMMIT}/))"
    rf"|raw\.githubusercontent\.com/{_STEP}/{_STEP}/(?!{_COMMIT}/)).*"
)
_LOWEST_PORT, _HIGHEST_PORT = 1024, 65535


def address(text: str) -> str:
    """Return an address of a file, as it is.

    Raises:
        PydanticCustomError: it is none, or not everyone would fetch the same from it.
    """
    if text.startswith("oci://"):
        if not IMAGE.match(text):
            raise contradiction(
                f"{text[:80]!r} is not an image by digest", "use oci://host/repository@sha256:…"
            )
        return text
    if _CARRIES_MORE.match(text):
        raise contradiction(
            "carries a user name, a query or a fragment", "use the plain address of the file"
        )
    found = ADDRESS.match(text)
    if not found:
        raise contradiction(f"{text[:80]!r} is not an https address", "use https://host/path/file")
    _check_host(found[1])
    _check_port(found[2])
    _check_path(found[3])
    if found[1] == HUB:
        _check_hub(found[3])
    if not acceptable(text, allow_http=False):
        cause = f"{found[1][:80]} is not a public host"
        raise contradiction(cause, "use the public host of the file")
    if _MOVING.match(f"{found[1]}{found[3]}"):
        raise contradiction("is at a branch, whose files change", "write a commit, or a release")
    return text


def hub_owner(text: str) -> str | None:
    """Return the owner of the hub's repository that an address names, if it names one."""
    found = _HUB_FILE.match(text.removeprefix(f"https://{HUB}"))
    return found[1] if found and text.startswith(f"https://{HUB}/") else None


def _check_host(host: str) -> None:
    if host != host.lower():
        # A mirror stands in for the hub by its name, letter by letter.
        raise contradiction("writes its host in upper case", f"write {host.lower()}")
    if _NUMBER.match(host.rstrip(".").rpartition(".")[2]):
        raise contradiction(
            f"names a machine by its number, {host[:80]}", "use the name that its certificate shows"
        )
    if not all(_LABEL.match(label) for label in host.split(".")):
        raise contradiction(f"{host[:80]!r} is not a host name", "correct it")
    if any(label.startswith("xn--") for label in host.split(".")):
        raise contradiction(
            f"{host[:80]} stands for a name in other letters, which may look like another",
            "use a host of plain letters",
        )
    if _INSIDE.fullmatch(host):
        raise contradiction(f"{host[:80]} is not a public host", "use the public host of the file")
    _check_likeness(host)


def _check_likeness(host: str) -> None:
    if host in _PLAIN_HOSTS:
        return
    near = get_close_matches(host, _PLAIN_HOSTS, n=1, cutoff=0.9)
    near += [plain for plain in _PLAIN_HOSTS if host.startswith(f"{plain}.") or host == "hf.co"]
    if near:
        raise contradiction(f"{host[:80]} looks like {near[0]}", f"write {near[0]}")


def _check_port(port: str | None) -> None:
    if port == "443":
        raise contradiction("names the port that every https address has", "leave out :443")
    if port is not None and not _LOWEST_PORT <= int(port) <= _HIGHEST_PORT:
        raise contradiction(f"is at port {port}, where no web server is", "use that of https")


def _check_path(path: str) -> None:
    steps = [unquote(step) for step in path.split("/")[1:]]
    unclear = "%" in unquote(path) or "\\" in path or not unquote(path).isprintable()
    if unclear or any(step in ("", ".", "..") or "/" in step or "\\" in step for step in steps):
        raise contradiction(
            "has a path that servers read differently", "write each folder and the file plainly"
        )


def _check_hub(path: str) -> None:
    if found := _HUB_FILE.match(path):
        plain = own_spelling(found[1])
        if plain != found[1]:
            raise contradiction(
                f"names the owner {found[1]}, who looks like {plain}",
                f"write {plain}, or another owner's name in full",
            )
    elif _HUB_PAGE.match(path):
        raise contradiction(
            "is a page about the file, or its pointer", "write /resolve/ in its place"
        )
    elif found := _HUB_REVISION.match(path):
        raise contradiction(
            f"is at the revision {found[1][:60]}, which can be moved",
            "write a commit's 40 digits, or main, whose bytes the digest pins",
        )
    else:
        raise contradiction(
            "names no file of a repository", f"use https://{HUB}/owner/repository/resolve/main/file"
        )
