from localai.tables.server_4_8 import CLOSED_DOORS, ENVIRONMENT


def test_every_name_has_localais_prefix():
    assert all(name.startswith("LOCALAI_") and name.isupper() for name in ENVIRONMENT)


def test_galleries_are_empty_lists_so_nothing_is_fetched():
    assert CLOSED_DOORS["LOCALAI_GALLERIES"] == CLOSED_DOORS["LOCALAI_BACKEND_GALLERIES"] == "[]"


def test_a_name_that_left_the_code_is_not_among_them():
    assert "LOCALAI_PARALLEL_REQUESTS" not in ENVIRONMENT
    assert "LOCALAI_CSRF" not in ENVIRONMENT
    assert not [name for name in ENVIRONMENT if "SUBPROCESS" in name]
