from gitops.adoption.steps import Step


def test_a_step_says_what_why_and_how():
    step = Step(title="Apply", why="it is time", commands=("pulumi up",))

    assert (step.title, step.why, step.commands) == ("Apply", "it is time", ("pulumi up",))
