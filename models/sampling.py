"""How a chat model samples where its definition is silent: written out, so that nothing is guessed.

Of what an entry leaves out, LocalAI looks five values up by the model's name, in a table that grows
with its releases, and there is no switch (core/config/inference_defaults.go, before
generic_defaults.go). A name decided on a temperature of 1.5, and an update on other answers.
"""

from models.definition import LLAMA_CPP, Definition, Kind
from models.parameters import Parameters

# What LocalAI takes for a name that is not in its table (core/config/generic_defaults.go), since
# that is as close to no opinion as it gets. llama.cpp's own differ in two (common/common.h):
# temperature 0.8 and min_p 0.05; publishers recommend values without min_p, so it stays off. A
# repeat_penalty of 1 is none, in llama.cpp too; LocalAI would send 0, which later engines refuse.
DEFAULTS = Parameters(temperature=0.9, top_p=0.95, top_k=40, min_p=0.0, repeat_penalty=1.0)
# top_k 40 is llama.cpp's: to other engines LocalAI sends none (UsesLlamaSamplerDefaults).
OTHER_ENGINES = DEFAULTS.model_copy(update={"top_k": 0})


def defaults(backend: str) -> Parameters:
    """Return what a chat model of an engine gets where its definition is silent."""
    return DEFAULTS if backend == LLAMA_CPP else OTHER_ENGINES


def sampling(model: Definition) -> Parameters:
    """Return the sampling defaults of a model; for chat, all that would be looked up."""
    if model.kind is not Kind.CHAT:
        return model.parameters
    given = model.parameters.model_dump(exclude_none=True)
    return defaults(model.backend).model_copy(update=given)
