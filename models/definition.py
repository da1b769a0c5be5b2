"""A model definition: what models/<name>.yaml may say."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from documents.problem import KeyPath
from documents.validation import Said, Strict, contradiction, contradictions, form
from models.options import known_engine, refusals, text
from models.parameters import Parameters
from models.prompt import prompt
from models.weights import Weights


class Architecture(Strict):
    """Published figures of the network, for the memory its key/value cache takes."""

    layers: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="Layers: num_hidden_layers in config.json, block_count in GGUF."
    )
    kv_heads: Annotated[int, Field(ge=1, le=1000)] = Field(
        description="Heads of keys and values: num_key_value_heads, attention.head_count_kv."
    )
    head_dim: Annotated[int, Field(ge=1, le=4096)] = Field(
        description="Size of one head: head_dim, attention.key_length."
    )
    window: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Tokens that a sliding-window layer keeps."
    )
    full_attention_layers: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Layers that keep the whole context; the others keep `window`."
    )

    @model_validator(mode="after")
    def _window_has_layers(self) -> Self:
        if (self.window is None) != (self.full_attention_layers is None):
            raise contradiction(
                "gives one of window and full_attention_layers", "give both, or neither"
            )
        if (self.full_attention_layers or 0) > self.layers:
            raise contradiction(
                f"has {self.full_attention_layers} full_attention_layers, but {self.layers} layers",
                "count them among the layers",
            )
        return self


Name = Annotated[str, form(r"^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$", "qwen3-0.6b", max_length=63)]
Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(text)]
Prompt = Annotated[Text, AfterValidator(prompt)]
Option = Annotated[
    str, form(r"^[a-z][a-z0-9_]*(:[A-Za-z0-9._+-]+)?$", "flash_attention:on", max_length=200)
]
_VERSION = r"^v(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$"


class Kind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    RERANK = "rerank"
    IMAGE = "image"
    TRANSCRIPTION = "transcription"


class Role(StrEnum):
    """What a companion file is to its model."""

    MMPROJ = "mmproj"
    DRAFT = "draft"
    VAE = "vae"
    CLIP_L = "clip_l"
    CLIP_G = "clip_g"
    T5XXL = "t5xxl"
    LLM = "llm"


class Template(Strict):
    """How messages become a prompt: the model's own template, or Go templates."""

    use_tokenizer_template: bool = Field(
        default=False, description="Use the template in the weights."
    )
    chat: Prompt | None = Field(default=None, description="Go template of a whole chat.")
    chat_message: Prompt | None = Field(
        default=None, description="Go template of one message of a chat."
    )
    completion: Prompt | None = Field(
        default=None, description="Go template of a plain completion."
    )


class Smoke(Strict):
    """A question, and a word of its answer that shows that the model works."""

    ask: Text = Field(description="What `verify` asks.")
    expect: Text = Field(description="What its answer has in it, in whatever case.")


LLAMA_CPP = "llama-cpp"
STABLE_DIFFUSION = "stablediffusion-ggml"
WHISPER = "whisper"

# Fields that only some engines read; the others would ignore them in silence.
_ONLY_FOR = {
    "context_size": (LLAMA_CPP,),
    "slots": (LLAMA_CPP,),
    "batch": (LLAMA_CPP,),
    "template": (LLAMA_CPP,),
    "stopwords": (LLAMA_CPP,),
    "architecture": (LLAMA_CPP,),
    "pooling": (LLAMA_CPP,),
    "steps": (STABLE_DIFFUSION,),
    "cfg_scale": (STABLE_DIFFUSION,),
}
_ROLES_OF = {
    Role.MMPROJ: (LLAMA_CPP,),
    Role.DRAFT: (LLAMA_CPP,),
    Role.VAE: (STABLE_DIFFUSION,),
    Role.CLIP_L: (STABLE_DIFFUSION,),
    Role.CLIP_G: (STABLE_DIFFUSION,),
    Role.T5XXL: (STABLE_DIFFUSION,),
    Role.LLM: (STABLE_DIFFUSION,),
}


class Definition(Strict):
    """One model: its files, its engine and how it runs. Everything LocalAI would ignore refuses."""

    name: Name = Field(description="What clients send as `model`; the file has the same name.")
    kind: Kind = Field(strict=False, description="What it is for.")
    description: Text = Field(description="One sentence on what it is good for.")
    license: Annotated[str, form(r"^[A-Za-z0-9][A-Za-z0-9.+-]*$", "Apache-2.0", max_length=64)] = (
        Field(description="SPDX identifier, or LicenseRef-<name>.")
    )
    backend: Annotated[str, form(r"^[a-z0-9-]+$", "llama-cpp"), AfterValidator(known_engine)] = (
        Field(description="An engine that the server version knows.")
    )
    minimum_server: Annotated[str, form(_VERSION, "v4.9.0", max_length=32)] = Field(
        description="The first LocalAI version that serves it."
    )
    weights: Weights = Field(description="The file the engine loads.")
    companions: dict[Annotated[Role, Field(strict=False)], Weights] = Field(
        default_factory=dict[Role, Weights], description="Further files, by role."
    )
    context_size: Annotated[int, Field(ge=128, le=10_000_000)] | None = Field(
        default=None, description="Tokens of context, of all slots together."
    )
    slots: Annotated[int, Field(ge=1, le=256)] | None = Field(
        default=None, description="Requests it answers at once; they share the context."
    )
    batch: Annotated[int, Field(ge=1, le=65536)] | None = Field(
        default=None, description="Tokens processed at once."
    )
    parameters: Parameters = Field(default_factory=Parameters, description="Sampling defaults.")
    template: Template | None = Field(default=None, description="How messages become a prompt.")
    smoke: Smoke | None = Field(
        default=None,
        description="What `verify` asks a chat model that does not know the capital of France.",
    )
    stopwords: tuple[Text, ...] = Field(
        default=(), strict=False, max_length=64, description="Texts that end an answer."
    )
    architecture: Architecture | None = Field(default=None, description="Published figures.")
    embedding_dimensions: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="Numbers in one vector."
    )
    pooling: Annotated[str, form(r"^(mean|cls|last)$", "mean")] | None = Field(
        default=None, description="How the vectors of tokens become one."
    )
    steps: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Sampling steps of an image."
    )
    cfg_scale: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="How closely an image follows its prompt."
    )
    options: tuple[Option, ...] = Field(
        default=(), strict=False, max_length=64, description="Engine options, `name:value`."
    )

    @field_validator("options")
    @classmethod
    def _options_are_read(cls, options: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for cause, cure in refusals(info.data.get("backend", ""), options):
            raise contradiction(cause, cure)
        return options

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        contradictions((*self._ignored(), *self._left_to_the_server(), *self._pickles()))
        return self

    def _ignored(self) -> Iterator[Said]:
        for field, engines in _ONLY_FOR.items():
            if field in self.model_fields_set and self.backend not in engines:
                cause = f"gives {field}, which the engine {self.backend} ignores"
                yield "", cause, f"delete {field}"
        if self.smoke and self.kind is not Kind.CHAT:
            yield "", f"gives smoke, and is for {self.kind}", "delete smoke"
        for role in self.companions:
            if self.backend not in _ROLES_OF[role]:
                cause = f"has a companion {role.value}, which the engine {self.backend} ignores"
                yield "", cause, "delete it"

    def _left_to_the_server(self) -> Iterator[Said]:
        if self.backend != LLAMA_CPP:
            return
        if self.context_size is None or self.slots is None:
            yield (
                "",
                "leaves context_size or slots to the server, which guesses them from the hardware",
                "give both",
            )
        if self.kind is Kind.CHAT and self.template is None:
            yield (
                "",
                "is for chat but has no template, and the server is not allowed to guess one",
                "add `template: {use_tokenizer_template: true}`",
            )

    def _pickles(self) -> Iterator[Said]:
        for file in self.files:
            if file.file.lower().endswith(".bin") and self.backend != WHISPER:
                yield (
                    "",
                    f"has the file {file.file}, and only whisper's .bin files are no pickles",
                    "use a .gguf or .safetensors file",
                )

    @property
    def files(self) -> tuple[Weights, ...]:
        """Return every file it needs, the weights first."""
        return tuple(self.named_files.values())

    @property
    def named_files(self) -> Mapping[KeyPath, Weights]:
        """Return every file it needs by its place in the model file, the weights first."""
        companions = {("companions", role.value): file for role, file in self.companions.items()}
        return {("weights",): self.weights, **companions}
