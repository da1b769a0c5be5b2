from gitops.validation.rules.catalog_uses import CatalogUses


def test_a_catalog_is_whole_unless_somebody_says_otherwise():
    assert CatalogUses(definitions={}, uses=()).whole
