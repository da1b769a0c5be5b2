"""Published figures of a model's network."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from documents.validation import Strict, contradiction


class Architecture(Strict):
    """Published figures of the network, for the memory its key/value cache takes."""

    layers: Annotated[int, Field(ge=1, le=1000)]
    kv_heads: Annotated[int, Field(ge=1, le=1000)]
    head_dim: Annotated[int, Field(ge=1, le=4096)]
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
