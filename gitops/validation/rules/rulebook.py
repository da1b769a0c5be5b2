"""Every rule, in the order of the reference page."""

from collections.abc import Mapping

from gitops.validation.rules import (
    access,
    applications,
    catalog,
    claims,
    config_maps,
    disruption,
    engine,
    exposure,
    identity,
    images,
    namespaces,
    network,
    privilege,
    probes,
    resources,
    secrets,
    selectors,
    servers,
    waivers,
)
from gitops.validation.rules.rule import ObjectRule, Rule, StackRule

CHAPTERS: Mapping[str, tuple[Rule, ...]] = {
    "Images": images.RULES,
    "Resources": resources.RULES,
    "Probes": probes.RULES,
    "Privilege": privilege.RULES,
    "Identity": identity.RULES,
    "Access": access.RULES,
    "Secrets": secrets.RULES,
    "Network": network.RULES,
    "Exposure": exposure.RULES,
    "Namespaces": namespaces.RULES,
    "Selectors": selectors.RULES,
    "Disruption": disruption.RULES,
    "ConfigMaps": config_maps.RULES,
    "Claims": claims.RULES,
    "Applications": applications.RULES,
    "LocalAI servers": servers.RULES,
    "Catalog": catalog.RULES,
    "Engine": engine.RULES,
    "Waivers": waivers.RULES,
}
RULES = tuple(rule for rules in CHAPTERS.values() for rule in rules)
# A stack answers for its objects; the catalog and the waivers themselves are everybody's.
WAIVABLE = frozenset(
    rule.id for rule in RULES if isinstance(rule, ObjectRule | StackRule) or rule in engine.RULES
)
