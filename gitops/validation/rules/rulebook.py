"""Every rule, in the order of the reference page."""

from collections.abc import Mapping

from gitops.validation.rules import (
    access,
    anythingllm,
    catalog,
    delivery,
    engine,
    images,
    network,
    privilege,
    registry,
    secrets,
    servers,
    volumes,
    waivers,
    workloads,
)
from gitops.validation.rules.rule import ObjectRule, Rule, StackRule

CHAPTERS: Mapping[str, tuple[Rule, ...]] = {
    "Images": images.RULES,
    "Resources": workloads.RESOURCES,
    "Probes": workloads.PROBES,
    "Privilege": privilege.RULES,
    "Identity": access.IDENTITY,
    "Access": access.ACCESS,
    "Secrets": secrets.RULES,
    "Network": network.NETWORK,
    "Exposure": network.EXPOSURE,
    "Namespaces": delivery.NAMESPACES,
    "Selectors": workloads.SELECTORS,
    "Disruption": workloads.DISRUPTION,
    "ConfigMaps": volumes.CONFIG_MAPS,
    "Claims": volumes.CLAIMS,
    "Applications": delivery.APPLICATIONS,
    "Rollouts": delivery.ROLLOUTS,
    "LocalAI servers": servers.RULES,
    "Registry of models": registry.RULES,
    "AnythingLLM": anythingllm.RULES,
    "Catalog": catalog.RULES,
    "Engine": engine.RULES,
    "Waivers": waivers.RULES,
}
RULES = tuple(rule for rules in CHAPTERS.values() for rule in rules)
# A stack answers for its objects; the catalog and the waivers themselves are everybody's.
WAIVABLE = frozenset(
    rule.id for rule in RULES if isinstance(rule, ObjectRule | StackRule) or rule in engine.RULES
)
