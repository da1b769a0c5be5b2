"""The programs a sandbox runs: found on the machine, or built once from their Go modules."""

from sandbox.toolchain.ensure import Toolset, ensure
from sandbox.toolchain.tools import TOOLS, Tool

__all__ = ["TOOLS", "Tool", "Toolset", "ensure"]
