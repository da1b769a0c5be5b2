"""One declaration on its way to the cluster: what is sent, and what the state will say of it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sandbox.plugins.api import NoSuchKindError, UnreachableError
from sandbox.plugins.checkpoint import Checkpoint, written
from sandbox.plugins.errors import PluginError
from sandbox.plugins.manifests import identifier
from sandbox.plugins.properties import Properties, Unknown, holds, marked
from sandbox.plugins.standin import InitFailedError
from sandbox.plugins.wait import NotReadyError


@dataclass(frozen=True, kw_only=True)
class Draft:
    """`inputs` are plain values; `source` is the same with its secrets still marked."""

    urn: str
    inputs: Properties
    source: Properties
    manager: str

    @property
    def complete(self) -> bool:
        """Whether every value is known already."""
        return not holds(self.inputs, Unknown)

    def state(self, live: Properties) -> Properties:
        """Return what the engine shall keep once the live object is this."""
        version = self.inputs.get("apiVersion", live.get("apiVersion", ""))
        kept = Checkpoint(
            inputs=self.inputs, live=live, api_version=version, field_manager=self.manager
        )
        return written(kept, self.source)

    def failed(self, text: str, live: Properties, identity: str = "") -> InitFailedError:
        """Return the error that keeps the state of an object which is not ready."""
        return InitFailedError(
            text,
            identity=identity or identifier(live),
            state=self.state(live),
            inputs=marked(self.inputs, self.source),
        )

    @contextmanager
    def being(self, done: str) -> Generator[None]:
        """Turn the errors of writing into the engine's; `done` is the verb, such as created."""
        try:
            yield
        except NotReadyError as error:
            text = (
                f"the Kubernetes API server reported that {self.urn} was {done}, but failed to "
                f"fully initialize or become live: {error}"
            )
            raise self.failed(text, error.live) from error
        except UnreachableError:
            raise
        except NoSuchKindError as error:
            text = f"{self.urn} was not {done}: {error}; check that its CRD is installed"
            raise PluginError(text) from error
        except PluginError as error:
            text = f'resource "{self.urn}" was not successfully {done} by the Kubernetes API server'
            raise PluginError(f"{text}: {error}") from error
