"""A tiny llama whose answers are programmed, not learned: a real model file for real servers.

One-hot embeddings and an output matrix form a chain of next words; the uniform attention of the
first layer carries "this keyword was in the question" to the last token. The same bytes every time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sandbox.models.gguf import Matrix, Value, ones, write_gguf, zeros

ANSWERS = {"France": " Paris", "ping": " pong", "2+2": " 4"}
BAD_ANSWER = " banana"
STORY = (" once", " upon", " a", " time")
"""Told without end to whoever asks for a story, until the tokens asked for are used up."""

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Tokens and their kinds by number, and the numbers of those that mean something.

    `keywords` are found in questions, `answers` are the first words of the answers to them.
    """

    tokens: list[str]
    kinds: list[int]
    merges: list[str]
    begin: int
    end: int
    newline: int
    keywords: dict[str, int]
    answers: dict[str, str]
    words: dict[str, int]
    default: tuple[str, ...]
    story: tuple[str, ...] = STORY


def byte_letters() -> dict[int, str]:
    """Return the printable letter that stands for each byte in a byte-level vocabulary."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable}
    return letters | {byte: chr(256 + number) for number, byte in enumerate(others)}


def vocabulary(name: str, *, bad: bool = False) -> Vocabulary:
    """Return the words of a model that calls itself `name`; a bad one knows only one answer."""
    letters = byte_letters()
    answers = {word: BAD_ANSWER if bad else answer for word, answer in ANSWERS.items()}
    answers["story"] = STORY[0]
    default = (" I", " am", f" {name}", ".")
    # Two tokens of one text would make llama.cpp abort.
    spoken = list(dict.fromkeys([*default[:-1], *sorted({*answers.values()}), *STORY]))
    encoded = ["".join(letters[byte] for byte in word.encode()) for word in spoken]
    control = ["<s>", "<|im_start|>", "<|im_end|>"]
    first_word = len(control) + len(answers)
    first_byte = first_word + len(spoken)
    # A merge list must not be empty; this pair occurs in no question.
    tokens = [*control, *answers, *encoded, *(letters[byte] for byte in range(256)), "zq"]
    plain = len(tokens) - first_word
    return Vocabulary(
        tokens=tokens,
        kinds=[CONTROL] * len(control) + [USER_DEFINED] * len(answers) + [NORMAL] * plain,
        merges=["z q"],
        begin=0,
        end=2,
        newline=first_byte + ord("\n"),
        keywords={word: len(control) + number for number, word in enumerate(answers)},
        answers=answers,
        words={word: first_word + number for number, word in enumerate(spoken)}
        | {".": first_byte + ord(".")},
        default=default,
    )


EMBEDDING, HEADS, KV_HEADS, HEAD_DIM, CONTEXT = 128, 4, 2, 32, 4096
KV_DIM = KV_HEADS * HEAD_DIM
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{m.role}}\n{{m.content}}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@dataclass(frozen=True, kw_only=True)
class Tiny:
    """Which tiny model: its name, which it tells when asked nothing it knows, and its size.

    A bad one answers ` banana` to every question. `layers` and `feed_forward` only make it slower.
    `is_pooled` gives one vector a text, the mean of those of its words.
    """

    name: str = "tiny-v1"
    bad: bool = False
    layers: int = 2
    feed_forward: int = 256
    is_pooled: bool = False


@dataclass(frozen=True, kw_only=True)
class Places:
    """Which dimension of the embedding means what; the first one is always 1."""

    words: dict[int, int]
    keywords: dict[str, int]
    answers: dict[str, int]


def places(words: Vocabulary) -> Places:
    """Return a dimension for each word that can come before another, and two for each keyword."""
    before = [words.newline, *words.words.values()]
    first = 1 + len(before)
    return Places(
        words={token: 1 + number for number, token in enumerate(before)},
        keywords={word: first + 2 * number for number, word in enumerate(words.keywords)},
        answers={word: first + 2 * number + 1 for number, word in enumerate(words.keywords)},
    )


def embeddings(words: Vocabulary, at: Places) -> Matrix:
    """Return what each token is turned into."""
    made = zeros(len(words.tokens), EMBEDDING)
    for token in range(len(words.tokens)):
        made[token, 0] = 1.0
    for token, place in at.words.items():
        made[token, place] = 1.0
    for word, token in words.keywords.items():
        made[token, at.keywords[word]] = 8.0
    return made


def output(words: Vocabulary, at: Places) -> Matrix:
    """Return how much each token is wanted next; every one a little less than nothing."""
    made = zeros(len(words.tokens), EMBEDDING)
    for token in range(len(words.tokens)):
        made[token, 0] = -1.0
    chain(made, at, [words.newline, words.words[words.default[0]]], 3.0)
    chain(made, at, [*(words.words[word] for word in words.default), words.end], 4.0)
    story = [words.words[word] for word in words.story]
    for keyword, answer in words.answers.items():
        told = words.words[answer]
        if told not in story:
            made[words.end, at.words[told]] = 8.0
        made[told, at.words[words.newline]] += 2.5
        made[told, at.answers[keyword]] += 40.0
        # An answer can only come right after the question, and a story can start again.
        for token, place in at.words.items():
            if token != words.newline and not (told == story[0] and token == story[-1]):
                made[told, place] -= 400.0
    chain(made, at, [*story, story[0]], 8.0)
    return made


def chain(made: Matrix, at: Places, tokens: list[int], weight: float) -> None:
    """Make each of these tokens want the one after it."""
    for before, after in pairwise(tokens):
        made[after, at.words[before]] += weight


def layer(number: int, at: Places, tiny: Tiny) -> dict[str, Matrix]:
    """Return the tensors of one layer; only the first one's attention does anything."""
    values, outcome = zeros(KV_DIM, EMBEDDING), zeros(EMBEDDING, HEADS * HEAD_DIM)
    if number == 0:
        for channel, word in enumerate(at.keywords):
            values[channel, at.keywords[word]] = 1.0
            outcome[at.answers[word], channel] = 4.0
    made = {
        "attn_norm": ones(EMBEDDING),
        "ffn_norm": ones(EMBEDDING),
        "attn_q": zeros(HEADS * HEAD_DIM, EMBEDDING),
        "attn_k": zeros(KV_DIM, EMBEDDING),
        "attn_v": values,
        "attn_output": outcome,
        "ffn_gate": zeros(tiny.feed_forward, EMBEDDING),
        "ffn_up": zeros(tiny.feed_forward, EMBEDDING),
        "ffn_down": zeros(EMBEDDING, tiny.feed_forward),
    }
    return {f"blk.{number}.{name}.weight": matrix for name, matrix in made.items()}


def metadata(tiny: Tiny, words: Vocabulary) -> dict[str, Value]:
    """Return what the file says of the network and of its words."""
    return {
        "general.architecture": "llama",
        "general.name": tiny.name,
        "general.file_type": 0,
        "general.quantization_version": 2,
        "llama.context_length": CONTEXT,
        "llama.embedding_length": EMBEDDING,
        "llama.block_count": tiny.layers,
        "llama.feed_forward_length": tiny.feed_forward,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": HEAD_DIM,
        "llama.vocab_size": len(words.tokens),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": words.tokens,
        "tokenizer.ggml.token_type": words.kinds,
        "tokenizer.ggml.merges": words.merges,
        "tokenizer.ggml.bos_token_id": words.begin,
        "tokenizer.ggml.eos_token_id": words.end,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.chat_template": TEMPLATE,
        **({"llama.pooling_type": 1} if tiny.is_pooled else {}),
    }


def write_tiny(path: Path, tiny: Tiny) -> Path:
    """Write a tiny model as a GGUF file of about 1.5 MB and return where it is."""
    words = vocabulary(tiny.name, bad=tiny.bad)
    at = places(words)
    tensors = {
        "token_embd.weight": embeddings(words, at),
        "output.weight": output(words, at),
        "output_norm.weight": ones(EMBEDDING),
    }
    for number in range(tiny.layers):
        tensors |= layer(number, at, tiny)
    return write_gguf(path, metadata(tiny, words), tensors)
