"""The error a sandbox verb shows: one sentence with its cause, and one with the cure."""


class SandboxError(Exception):
    """A sandbox could not do what was asked; the text ends in the cure."""

    def __init__(self, cause: str, cure: str) -> None:
        super().__init__(f"{cause}. {cure}.")
        self.cause = cause
        self.cure = cure
