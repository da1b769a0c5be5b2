"""Gives kubectl and Pulumi the identity of a job of GitHub Actions, anew when the last one ends.

A kubeconfig names it under `exec` (client.authentication.k8s.io/v1). The job needs `id-token:
write`; the API server trusts the issuer, and the audience in CLUSTER_AUDIENCE, by its
authentication configuration. Nothing is stored.
"""

import base64
import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote
from urllib.request import Request, urlopen

_SECONDS = 20


def credential(found: Mapping[str, str]) -> dict[str, Any]:
    """Return the answer of a credential plugin: a token, and when it ends."""
    audience = quote(found["CLUSTER_AUDIENCE"], safe="")
    address = f"{found['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience={audience}"
    login = {"Authorization": f"Bearer {found['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    with urlopen(Request(address, headers=login), timeout=_SECONDS) as answer:  # noqa: S310 (the forge's own)
        token = str(json.load(answer)["value"])
    payload = token.split(".")[1]
    claims = cast(
        "dict[str, Any]", json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    )
    ends = datetime.fromtimestamp(int(claims["exp"]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token, "expirationTimestamp": ends},
    }


def main() -> int:
    """Print a credential; return 1 after a sentence where the job has no identity."""
    try:
        found = credential(os.environ)
    except KeyError as missing:
        sys.stderr.write(f"{missing.args[0]} is not set; give the job `id-token: write`\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"the forge gives no identity: {error}; run the job again\n")
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
