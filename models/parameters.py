"""The sampling defaults that models/<name>.yaml may give."""

from typing import Annotated

from pydantic import AfterValidator, Field

from documents.validation import Strict, contradiction, form

Fraction = Annotated[float, Field(ge=0, le=1)]


def _said(penalty: float) -> float:
    if penalty == 0:
        raise contradiction(
            "is 0, which LocalAI takes for unset, and then may choose another by the model's name",
            "delete it, or give a small one such as 0.01",
        )
    return penalty


Penalty = Annotated[float, Field(ge=-10, le=10), AfterValidator(_said)]


class Parameters(Strict):
    """Sampling defaults; a request may choose others. For chat, models/sampling.py adds to them."""

    temperature: Annotated[float, Field(ge=0, le=5)] | None = Field(
        default=None, description="How freely tokens are drawn; 0 takes the likeliest."
    )
    top_p: Fraction | None = Field(
        default=None, description="Draw from the likeliest tokens of this probability together."
    )
    # Zero or less is every token of the vocabulary (llama.cpp, common/common.h: top_k).
    top_k: Annotated[int, Field(ge=-1, le=1000)] | None = Field(
        default=None, description="Draw from so many of the likeliest tokens; 0 is all."
    )
    min_p: Fraction | None = Field(
        default=None, description="Leave out tokens below this part of the likeliest one."
    )
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Tokens of an answer at most."
    )
    repeat_penalty: Annotated[float, Field(gt=0, le=10)] | None = Field(
        default=None, description="Above 1, tokens that were said are less likely."
    )
    presence_penalty: Penalty | None = Field(
        default=None, description="Above 0, tokens that were said are less likely, however often."
    )
    frequency_penalty: Annotated[float, Field(ge=-10, le=10)] | None = Field(
        default=None, description="Above 0, tokens are less likely each time they were said."
    )
    seed: int | None = Field(
        default=None, description="Start of the random numbers: the same seed, the same answer."
    )
    language: Annotated[str, form(r"^[a-z]{2}$", "en")] | None = Field(
        default=None, description="Language of a transcription."
    )
