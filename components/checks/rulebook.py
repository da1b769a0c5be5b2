"""Every rule over what a stack file names, in the order in which they can be judged."""

from collections.abc import Sequence

from components.checks.acceptance import ACCEPTANCE_RULES
from components.checks.anythingllm import ANYTHINGLLM_RULES
from components.checks.claims import CLAIM_RULES, SHARED_CLAIM_RULES
from components.checks.gpu import BUDGET_RULES, GPU_RULES, PROFILE_RULES
from components.checks.models import ALIAS_RULES, DIGEST_RULES, MODEL_RULES
from components.checks.router import FALLBACK_RULES, WAIT_RULES
from components.checks.scale import DISTRIBUTED_RULES, SCALE_RULES
from components.checks.sharing import LENDER_RULES, shared
from components.parts.context import Context
from components.pool.pool import Pool
from documents.problem import Problem
from documents.rule import broken

CONTEXT_CHECKS = (*LENDER_RULES, *WAIT_RULES, *DISTRIBUTED_RULES)
POOLS_CHECKS = (
    *SHARED_CLAIM_RULES, *DIGEST_RULES, *FALLBACK_RULES, *BUDGET_RULES, *ACCEPTANCE_RULES,
    *ANYTHINGLLM_RULES,
)  # fmt: skip
_FIRST = (*PROFILE_RULES, *ALIAS_RULES)
_NEXT = (*MODEL_RULES, *GPU_RULES, *SCALE_RULES, *CLAIM_RULES)
POOL_CHECKS = (*_FIRST, *_NEXT)


def judged(
    context: Context, pools: Sequence[Pool], *, complete: bool
) -> tuple[tuple[Pool, ...], list[Problem]]:
    """Return the pools with what they share, and every rule they break.

    Where not all pools are known, only what each says of itself is judged.
    """
    strangers = list(broken(LENDER_RULES, context))
    odd = {pool.name: list(broken(_FIRST, pool, ("pools", pool.name))) for pool in pools}
    sound = tuple(pool for pool in pools if not odd[pool.name])
    complete = complete and len(sound) == len(pools) and not strangers
    sound = shared(sound) if complete else sound
    found = [problem for some in odd.values() for problem in some]
    for pool in sound:
        found += broken(_NEXT, pool, ("pools", pool.name))
    found += strangers
    # An engine that is not there has no image: what is made of several pools waits for each.
    if complete and not found:
        found += broken(POOLS_CHECKS, sound)
    found += broken((*WAIT_RULES, *DISTRIBUTED_RULES), context)
    return sound, found
