from gitops.validation.rules.rule import CatalogUses


def test_a_catalog_is_whole_unless_somebody_says_otherwise():
    assert CatalogUses(definitions={}, uses=()).whole
