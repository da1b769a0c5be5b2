"""The keys a server was given: where they stand is said, what they are never."""

from dataclasses import dataclass

from gitops.adoption.remark import Remark, changed, fault, kept, unknown
from gitops.adoption.variables import SecretKey, Variables
from gitops.adoption.workload import Workload

_API_KEY = "LOCALAI_API_KEY"
_HUB_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN")


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The Secrets that hold a server's keys, and remarks."""

    api_key: SecretKey | None
    hub_token: SecretKey | None
    remarks: tuple[Remark, ...]


def keys_of(workload: Workload) -> Keys:
    """Return the keys of a server by the Secrets that hold them."""
    variables = workload.variables
    found = variables.reference(_API_KEY)
    tokens = (variables.reference(name) for name in _HUB_TOKENS)
    return Keys(
        api_key=found,
        hub_token=next((token for token in tokens if token), None),
        remarks=(_about_api_key(workload, variables, found), *_about_tokens(workload, variables)),
    )


def _about_api_key(workload: Workload, variables: Variables, found: SecretKey | None) -> Remark:
    subject = f"{workload.title}, API key"
    if found:
        return kept(subject, f"stays in Secret {found.secret}, key {found.key}")
    if variables.text(_API_KEY):
        return fault(
            subject,
            "stands in plain text, where everybody who may read the workload reads it; "
            "the first `up` generates another one",
            "give clients the new key, and take the old one for lost",
        )
    if variables.sealed:
        secret = variables.sealed[0]
        return unknown(
            subject,
            f"may be in Secret {secret}, which is not read",
            f"if it is, add `localai:apiKey: {{secret: {secret}, key: API_KEY}}`; "
            "else the first `up` generates one",
        )
    text = "none is asked for today; the first `up` generates one, and requests without get 401"
    return changed(subject, text, "give clients the key in Secret localai-api-key")


def _about_tokens(workload: Workload, variables: Variables) -> tuple[Remark, ...]:
    plain = [name for name in _HUB_TOKENS if isinstance(variables.values.get(name), str)]
    if not plain:
        return ()
    text = f"{plain[0]} stands in plain text; it is not taken over"
    cure = "revoke it, put a new one into a Secret, and add localai:hubToken"
    return (fault(f"{workload.title}, hub token", text, cure),)
