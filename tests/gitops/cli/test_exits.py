from gitops.cli import exits


def test_exit_codes_are_those_that_scripts_rely_on():
    codes = (exits.DONE, exits.REFUSED, exits.WRONG_USAGE, exits.DIFFERENT, exits.INTERRUPTED)
    assert codes == (0, 1, 2, 3, 130)
