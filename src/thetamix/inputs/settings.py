"""What drives a model, as users write it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from thetamix.system.settings import Settings


def _as_forcing(value: object) -> object:
    # `{discharge: optional}` is what users write; the resolved study has both keys.
    return [_as_variable(entry) for entry in value] if isinstance(value, list) else value


def _as_variable(entry: object) -> object:
    if isinstance(entry, str):
        return {"name": entry, "optional": False}
    if isinstance(entry, dict) and len(entry) == 1 and next(iter(entry.values())) == "optional":
        return {"name": next(iter(entry)), "optional": True}
    return entry


class Forcing(Settings):
    """One forcing input."""

    name: str
    optional: bool = False


class Inputs(Settings):
    """What drives the model; depth is always an input. A study without models needs no forcing."""

    forcing: Annotated[list[Forcing], BeforeValidator(_as_forcing)]
    attributes: list[str] = []
    unseen: Literal["error", "zero"] = "error"

    @property
    def forcing_and_optional(self) -> list[tuple[str, bool]]:
        """Names of the forcing, and whether each may be missing."""
        return [(variable.name, variable.optional) for variable in self.forcing]
