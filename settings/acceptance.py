"""What a stack must hold under load, and how well its models must answer, to be accepted."""

from typing import Annotated

from pydantic import Field

from settings.base import Settings
from settings.names import ClientName, ModelName

# Of a whole answer's wait, in milliseconds: an hour.
_Milliseconds = Annotated[int, Field(ge=1, le=3_600_000)]


class LoadSettings(Settings):
    """Chats that `accept load` begins at a steady rate, and what must hold meanwhile."""

    chats_per_minute: int = Field(
        ge=1, le=60_000, description="Chats begun a minute, however slowly they are answered."
    )
    seconds: int = Field(default=60, ge=1, le=3600, description="How long chats are begun.")
    tokens: int = Field(default=64, ge=2, le=4096, description="Most tokens of an answer.")
    ask: Annotated[str, Field(min_length=1, max_length=4000)] = Field(
        default="Tell a story about a lighthouse.",
        description="What is asked, after the number of the chat: no two prompts are the same.",
    )
    first_token_milliseconds: _Milliseconds | None = Field(
        default=None,
        description="Longest time to the first token, 95th percentile; not judged if absent.",
    )
    between_tokens_milliseconds: _Milliseconds | None = Field(
        default=None,
        description="Longest time from a token to the next, 95th percentile; not judged if absent.",
    )
    failing_percent: int = Field(
        default=0, ge=0, le=99, description="Most chats that may fail, of 100."
    )

    @property
    def count(self) -> int:
        """Return how many chats are begun in all; at least one."""
        return max(1, self.chats_per_minute * self.seconds // 60)

    @property
    def rate(self) -> float:
        """Return how many are begun a second."""
        return self.chats_per_minute / 60


class EvaluateSettings(Settings):
    """A suite of questions in evaluations/<name>.yaml: who is asked, and how well to answer."""

    models: Annotated[tuple[ClientName, ...], Field(min_length=1, max_length=50, strict=False)] = (
        Field(description="Chat models or aliases that are asked.")
    )
    least_percent: int = Field(
        ge=1, le=100, description="Fewest questions answered rightly, of 100."
    )
    judge: ClientName | None = Field(
        default=None, description="Chat model that judges answers; not one that is asked."
    )
    embedder: ClientName | None = Field(
        default=None, description="Model for embeddings that compares answers with texts."
    )


class AcceptanceSettings(Settings):
    """What `accept` asks of the running stack; no object of the cluster depends on it."""

    load: dict[ClientName, LoadSettings] = Field(
        default_factory=dict[str, LoadSettings],
        max_length=100,
        description="Load, by the chat model or the alias that is asked; one after another.",
    )
    evaluate: dict[ModelName, EvaluateSettings] = Field(
        default_factory=dict[str, EvaluateSettings],
        max_length=100,
        description="Suites of questions, by the name of their file in evaluations/.",
    )
