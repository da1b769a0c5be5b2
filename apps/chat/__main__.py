"""Serves the chat: `python -m apps.chat`, told by the variables of `declared.py`."""

import os
import socket
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from apps.chat.declared import ChatError, declared
from apps.chat.service import service

# In a pod, whose network policy says who may call.
_ADDRESS = "0.0.0.0"  # noqa: S104
# An answer that takes longer when the pod ends is cut off.
_ENDING_SECONDS = 30
# What Gradio reads as it is imported: it asks nobody outside, and renders in the browser alone.
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_VIBE_MODE": "",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}


def main(found: Mapping[str, str]) -> int:
    """Serve until the process is told to end; return 0, or 1 after one sentence on stderr."""
    try:
        told = declared(found)
    except ChatError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    os.environ.update(QUIET)
    uvicorn: Any = import_module("uvicorn")
    config = uvicorn.Config(
        service(told), access_log=False, server_header=False, log_level="warning",
        timeout_graceful_shutdown=_ENDING_SECONDS,
    )  # fmt: skip
    ports = sorted({told.port, told.inside_port})
    uvicorn.Server(config).run([socket.create_server((_ADDRESS, one)) for one in ports])
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
