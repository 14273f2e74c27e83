"""Who is who among the forecasters of a study: nobody asks for kinds."""

from collections.abc import Mapping
from typing import TypeVar

from thetamix.forecasters.base import Forecaster, Role

Kind = TypeVar("Kind", bound=Forecaster)


def with_role(forecasters: Mapping[str, Forecaster], *roles: Role) -> list[str]:
    """Return the names of the forecasters with one of these roles, in the order of the study."""
    return [name for name, entry in forecasters.items() if entry.role in roles]


def models(forecasters: Mapping[str, Forecaster]) -> list[str]:
    """Return the names of what a study is about: what is neither a baseline nor a bound."""
    return with_role(forecasters, "model")


def nulls(forecasters: Mapping[str, Forecaster]) -> list[str]:
    """Return the names of what has to be beaten: annual cycles and references."""
    return with_role(forecasters, "null", "reference")


def cycles(forecasters: Mapping[str, Forecaster]) -> list[str]:
    """Return the names of the annual cycles, and of whatever else knows nothing but the season."""
    return with_role(forecasters, "null")


def points(forecasters: Mapping[str, Forecaster]) -> list[str]:
    """Return the names of what predicts values without a spread."""
    return [name for name, entry in forecasters.items() if entry.point]


def of_class(forecasters: Mapping[str, Forecaster], kind: type[Kind]) -> dict[str, Kind]:
    """Return the forecasters of a class by name, in the order of the study."""
    return {name: entry for name, entry in forecasters.items() if isinstance(entry, kind)}
