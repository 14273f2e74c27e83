"""Units: what the columns of raw files are measured in, and how to get to the network's own units.

A unit that is not listed for a variable is refused: a silently wrong unit is the most expensive mistake.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from thetamix.errors import InputError, nearest
from thetamix.network.schema import VARIABLES


@dataclass(frozen=True)
class Conversion:
    """A linear conversion: ``value * factor + offset``.

    Attributes
    ----------
    factor
        What to multiply by.
    offset
        What to add afterwards.
    per_step
        True where the unit is an amount per time step (``mm``): the result is divided by the step in hours.
    """

    factor: float = 1.0
    offset: float = 0.0
    per_step: bool = False


_INCH = 25.4
_FOOT = 0.3048

_FRACTION = {
    "m3 m-3": Conversion(),
    "m3/m3": Conversion(),
    "m^3/m^3": Conversion(),
    "cm3 cm-3": Conversion(),
    "1": Conversion(),
    "percent": Conversion(0.01),
    "%": Conversion(0.01),
    "vol%": Conversion(0.01),
}
_WATER_RATE = {
    "mm h-1": Conversion(),
    "mm/h": Conversion(),
    "mm": Conversion(per_step=True),
    "kg m-2": Conversion(per_step=True),
    "mm d-1": Conversion(1 / 24),
    "mm/d": Conversion(1 / 24),
    "mm day-1": Conversion(1 / 24),
    "mm/day": Conversion(1 / 24),
    "mm s-1": Conversion(3600.0),
    "kg m-2 s-1": Conversion(3600.0),
    "m h-1": Conversion(1000.0),
    "m/h": Conversion(1000.0),
    "m d-1": Conversion(1000.0 / 24),
    "m s-1": Conversion(3.6e6),
    "inch": Conversion(_INCH, per_step=True),
    "in": Conversion(_INCH, per_step=True),
}
_LENGTH = {
    "m": Conversion(),
    "cm": Conversion(0.01),
    "mm": Conversion(0.001),
    "ft": Conversion(_FOOT),
    "inch": Conversion(_INCH / 1000),
    "in": Conversion(_INCH / 1000),
}

#: Network unit -> the units that can be turned into it.
CONVERSIONS: MappingProxyType[str, Mapping[str, Conversion]] = MappingProxyType(
    {
        "m3 m-3": _FRACTION,
        "1": _FRACTION,
        "mm h-1": _WATER_RATE,
        "m": _LENGTH,
        "degC": {
            "degC": Conversion(),
            "C": Conversion(),
            "celsius": Conversion(),
            "K": Conversion(1.0, -273.15),
            "kelvin": Conversion(1.0, -273.15),
            "degF": Conversion(5 / 9, -160 / 9),
            "F": Conversion(5 / 9, -160 / 9),
        },
        "m3 s-1": {
            "m3 s-1": Conversion(),
            "m3/s": Conversion(),
            "L s-1": Conversion(0.001),
            "l s-1": Conversion(0.001),
            "L/s": Conversion(0.001),
            "l/s": Conversion(0.001),
            "m3 h-1": Conversion(1 / 3600),
            "m3 d-1": Conversion(1 / 86400),
            "ft3 s-1": Conversion(_FOOT**3),
        },
        "degrees_north": {
            "degrees_north": Conversion(),
            "degrees": Conversion(),
            "deg": Conversion(),
        },
        "degrees_east": {
            "degrees_east": Conversion(),
            "degrees": Conversion(),
            "deg": Conversion(),
        },
    }
)


def conversion(name: str, unit: str, where: str) -> Conversion:
    """Look up how a variable's raw unit becomes the network's.

    Parameters
    ----------
    name
        A variable of the schema: ``precipitation``.
    unit
        The unit in the source: ``mm d-1``.
    where
        File and column, for the message.

    Returns
    -------
    Conversion
        The linear conversion.

    Raises
    ------
    InputError
        If the unit is not known for this variable.

    Examples
    --------
    >>> conversion("air_temperature", "K", "weather.csv").offset
    -273.15
    """
    target = VARIABLES[name].units
    assert target is not None, f"{name} has no unit"
    known = CONVERSIONS[target]
    if unit.strip() not in known:
        raise InputError(f"{where}: unknown unit {unit!r} for {name} [{target}]; {nearest(unit, known)}")
    return known[unit.strip()]


def convert(values: np.ndarray, how: Conversion, step: np.timedelta64) -> np.ndarray:
    """Convert raw values to the network's unit.

    Parameters
    ----------
    values
        Any shape, in the raw unit.
    how
        From :func:`conversion`.
    step
        Length of a time step, for amounts per step.

    Returns
    -------
    numpy.ndarray
        The same shape, in the network's unit.

    Examples
    --------
    >>> daily = np.timedelta64(1, "D")
    >>> convert(np.array([48.0]), conversion("precipitation", "mm", "rain.csv"), daily)
    array([2.])
    """
    hours = float(step / np.timedelta64(1, "h")) if how.per_step else 1.0
    return np.asarray(values) * (how.factor / hours) + how.offset
