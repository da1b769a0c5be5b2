"""Owners of repositories that a look-alike would borrow the name of."""

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
