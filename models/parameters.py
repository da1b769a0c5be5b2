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

    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    top_p: Fraction | None = None
    # Zero or less is every token of the vocabulary (llama.cpp, common/common.h: top_k).
    top_k: Annotated[int, Field(ge=-1, le=1000)] | None = None
    min_p: Fraction | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    repeat_penalty: Annotated[float, Field(gt=0, le=10)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Annotated[float, Field(ge=-10, le=10)] | None = None
    seed: int | None = None
    language: Annotated[str, form(r"^[a-z]{2}$", "en")] | None = None
