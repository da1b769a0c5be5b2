"""The programs a sandbox runs: found on the machine, downloaded as a release, or built once."""

from sandbox.toolchain.ensure import Toolset, ensure
from sandbox.toolchain.tools import TOOLS, Tool

__all__ = ["TOOLS", "Tool", "Toolset", "ensure"]
