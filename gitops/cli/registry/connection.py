"""Which registry is asked, and as whom: by options, and variables that hold what is secret."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from documents.problem import refusal

if TYPE_CHECKING:
    from gitops.adapters.mlflow.registry import Mlflow
    from gitops.registry.versions import Version

# The names that MLflow's own clients read.
ADDRESS, USER, PASSWORD = (f"MLFLOW_TRACKING_{one}" for one in ("URI", "USERNAME", "PASSWORD"))
_LONGEST = 4096

Url = Annotated[str, typer.Option(help=f"Address of the registry [default: {ADDRESS}].")]
UserVariable = Annotated[str, typer.Option(help="Variable that holds the user.")]
PasswordVariable = Annotated[str, typer.Option(help="Variable that holds the password.")]


@dataclass(frozen=True, kw_only=True)
class Login:
    """Where a registry is, and the names of the variables with user and password."""

    url: str
    user_variable: str
    password_variable: str

    def connected(self) -> "Mlflow":
        """Return the registry.

        Raises:
            RefusedError: no address is known, or only one of user and password is set.
            RegistryError: the address is none, or would give the password away.
        """
        from gitops.adapters.mlflow.api import Server
        from gitops.adapters.mlflow.registry import Mlflow

        url = self.url or os.environ.get(ADDRESS, "")
        if not url:
            raise refusal("--url", "is not given", f"give it, or set {ADDRESS}")
        user, password = _value(self.user_variable), _value(self.password_variable)
        if bool(user) != bool(password):
            there, missing = self.user_variable, self.password_variable
            if password:
                there, missing = missing, there
            raise refusal(missing, f"is not set, and {there} is", "set both variables, or none")
        return Mlflow(server=Server(address=url, user=user, password=password))


def _value(variable: str) -> str:
    found = os.environ.get(variable, "").strip()
    if len(found) > _LONGEST or not found.isprintable():
        raise refusal(variable, "does not hold one word on one line", "set it anew")
    return found


def known(registry: "Mlflow", name: str) -> "tuple[Version, ...]":
    """Return the versions of a model with their aliases; none where no such model is registered.

    Raises:
        RefusedError: the name cannot be one.
        RegistryError: the registry does not answer, or refuses.
    """
    from gitops.registry.versions import refuse_name, with_aliases

    refuse_name(name)
    model = registry.model(name)
    return with_aliases(registry.versions(name), model.aliases) if model else ()


def some(registry: "Mlflow", name: str) -> "tuple[Version, ...]":
    """Return the versions of a model that there is.

    Raises:
        RefusedError: there is none, or it has no version.
    """
    if found := known(registry, name):
        return found
    cure = f"register one: `localai-gitops registry register FILE.onnx --name {name}`"
    raise refusal(f"model {name!r}", "has no version in the registry", cure)
