"""What a person asks first: is everything running, and where is it."""

from __future__ import annotations

from sandbox.cluster.sandbox import KubectlError, Sandbox


def report(sandbox: Sandbox) -> tuple[str, bool]:
    """Return the state of a sandbox as text, and whether all of it is well."""
    programs = sandbox.programs()
    try:
        nodes = sandbox.kubectl("get", "nodes", "--request-timeout=5s").rstrip()
        answers = True
    except KubectlError as error:
        nodes, answers = str(error), False
    lines = [
        f"sandbox     {sandbox.name}",
        f"namespace   {sandbox.netns}",
        f"kubeconfig  {sandbox.kubeconfig}",
        *(f"{'running' if runs else 'ENDED':<12}{name}" for name, runs in programs.items()),
        nodes,
    ]
    return "\n".join(lines), answers and all(programs.values())
