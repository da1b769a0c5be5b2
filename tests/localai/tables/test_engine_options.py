from localai.tables import engine_options as named
from localai.tables.engines_4_8 import LLAMA_CPP, STABLE_DIFFUSION
from models.definition import Role


def test_the_engine_reads_every_option_that_we_name():
    ours = (*named.SLOTS, *named.POOLING, *named.OWN_TEMPLATE, *named.FIXED, *named.SYNONYMS)

    assert {*ours, named.LOG_LEVEL} <= LLAMA_CPP
    assert set(named.FILE_OPTIONS.values()) <= STABLE_DIFFUSION


def test_another_name_means_an_option_that_every_pool_fixes():
    assert set(named.SYNONYMS.values()) <= set(named.FIXED)


def test_a_file_with_an_option_has_a_role_in_a_model_file():
    assert set(named.FILE_OPTIONS) == {*Role} - {Role.MMPROJ, Role.DRAFT}
