"""What a node's supervisor does for a control plane: it starts again what has ended."""

from sandbox.cluster.control_plane import is_ready
from sandbox.cluster.programs import Program, kube_controller_manager, kube_scheduler, kwok
from sandbox.cluster.sandbox import Sandbox
from sandbox.cluster.waiting import wait_until
from tests.support.crash import crash

CONTROLLERS = (kube_controller_manager, kube_scheduler, kwok)


def bring_back(sandbox: Sandbox, program: Program) -> None:
    """Start a program and, once the API server is ready, the controllers that ended without it."""
    sandbox.start(program)
    wait_until(lambda: is_ready(sandbox), "The API server did not come back", seconds=120)
    running = sandbox.programs()
    for controller in (controller(sandbox.layout) for controller in CONTROLLERS):
        if not running[controller.name]:
            sandbox.start(controller)


def renew_controllers(sandbox: Sandbox) -> None:
    """Start the controllers anew, so that one attempt does not pay for the outages before it.

    After every outage within two minutes they wait twice as long before they look again.
    """
    running = sandbox.programs()
    for controller in (controller(sandbox.layout) for controller in CONTROLLERS):
        if running[controller.name]:
            crash(sandbox, controller.name)
        sandbox.start(controller)
