from sandbox.errors import SandboxError


def test_an_error_is_its_cause_and_its_cure():
    assert str(SandboxError("It broke", "Mend it")) == "It broke. Mend it."
