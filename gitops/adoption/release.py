"""Which known LocalAI version is nearest to the one that runs."""

import re

from gitops.adoption.remark import Remark, changed, kept
from localai.server import SERVERS, Server
from localai.version import parse

_TAG = re.compile(r":v?([0-9]+)\.([0-9]+)\.([0-9]+)(?=[-@]|\Z)")


def nearest(image: str) -> tuple[Server, Remark]:
    """Return the known version nearest to an image's, never an older one if there is a choice.

    An image without a version, such as `latest`, is taken to be the newest.
    """
    found = _TAG.search(image)
    newest = list(SERVERS.values())[-1]
    if not found:
        text = f"{image} names no version; LocalAI {newest.version} is the newest known"
        return newest, changed("server", text)
    version = (int(found[1]), int(found[2]), int(found[3]))
    server = next((one for one in SERVERS.values() if parse(one.version) >= version), newest)
    running = "v" + ".".join(map(str, version))
    if parse(server.version) == version:
        return server, kept("server", f"LocalAI {running}")
    text = f"LocalAI {running} becomes {server.version}, the nearest version that is known here"
    older = " (older)" if parse(server.version) < version else ""
    return server, changed("server", text + older, "read the release notes between the two")
