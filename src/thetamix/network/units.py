"""Units: what the columns of raw files are measured in, and how to get to the network's own units.

A unit that is not listed for a variable is refused: a silently wrong unit is the most expensive mistake.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from thetamix.network.schema import VARIABLES, Variable
from thetamix.network.weather_variables import WEATHER
from thetamix.system.errors import InputError


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

    def after(self, linear: Sequence[float] | None) -> "Conversion":
        """Return the conversion of raw readings whose calibration, `linear` [a, b], gives the unit: a + b × raw."""
        if linear is None:
            return self
        return Conversion(self.factor * linear[1], self.offset + self.factor * linear[0], self.per_step)


_INCH = 25.4
_FOOT = 0.3048
_LANGLEY = 41_840.0  # [J m-2] one thermochemical calorie on a square centimetre

_FRACTION = {
    "m3 m-3": Conversion(),
    "cm3 cm-3": Conversion(),
    "1": Conversion(),
    "percent": Conversion(0.01),
    "%": Conversion(0.01),
    "vol%": Conversion(0.01),
    "vol-%": Conversion(0.01),
    "% vol": Conversion(0.01),
    "% v/v": Conversion(0.01),
    "v/v": Conversion(),
    "l/l": Conversion(),
}
_WATER_RATE = {
    "mm h-1": Conversion(),
    "mm": Conversion(per_step=True),
    "kg m-2": Conversion(per_step=True),
    "mm d-1": Conversion(1 / 24),
    "mm s-1": Conversion(3600.0),
    "kg m-2 s-1": Conversion(3600.0),
    "kg m-2 h-1": Conversion(),
    "kg m-2 d-1": Conversion(1 / 24),
    "mm min-1": Conversion(60.0),
    "m h-1": Conversion(1000.0),
    "m d-1": Conversion(1000.0 / 24),
    "m s-1": Conversion(3.6e6),
    "m": Conversion(1000.0, per_step=True),
    "cm": Conversion(10.0, per_step=True),
    "l m-2": Conversion(per_step=True),
    "inch": Conversion(_INCH, per_step=True),
    "in": Conversion(_INCH, per_step=True),
}
# Sums of energy [J m-2] are amounts per time step, like rain.
_RADIATION = {
    "W m-2": Conversion(),
    "kW m-2": Conversion(1000.0),
    "J m-2": Conversion(1 / 3600, per_step=True),
    "kJ m-2": Conversion(1 / 3.6, per_step=True),
    "MJ m-2": Conversion(1000 / 3.6, per_step=True),
    "J cm-2": Conversion(1e4 / 3600, per_step=True),
    "langley": Conversion(_LANGLEY / 3600, per_step=True),
    "MJ m-2 h-1": Conversion(1000 / 3.6),
    "MJ m-2 d-1": Conversion(1000 / 86.4),
    "langley h-1": Conversion(_LANGLEY / 3600),
    "langley d-1": Conversion(_LANGLEY / 86400),
}
_SPEED = {
    "m s-1": Conversion(),
    "km h-1": Conversion(1 / 3.6),
    "km d-1": Conversion(1 / 86.4),
    "mph": Conversion(1609.344 / 3600),
    "mile h-1": Conversion(1609.344 / 3600),
    "knot": Conversion(1852 / 3600),
    "kn": Conversion(1852 / 3600),
}
_LENGTH = {
    "m": Conversion(),
    "cm": Conversion(0.01),
    "mm": Conversion(0.001),
    "ft": Conversion(_FOOT),
    "inch": Conversion(_INCH / 1000),
    "in": Conversion(_INCH / 1000),
}

_CALIBRATE = (
    "what a probe gives before its calibration; say linear: [a, b], with unit as the unit of a + b × raw (m3 m-3)"
)
_BY_MASS = (
    "water by mass; multiplied by the bulk density of the soil [g cm-3] it is by volume: say linear: [0, DENSITY], "
    "unit: m3 m-3 (of percent: unit: percent)"
)
#: Units of soil moisture that are no fraction of volume, and what to do.
_NO_FRACTIONS = {
    "mm": "water in a layer; say linear: [0, 1/THICKNESS IN MM], unit: m3 m-3 (of 200 mm: linear: [0, 0.005])",
    **dict.fromkeys(("counts", "count", "raw", "raw counts", "adc", "mv", "v", "us", "ns", "khz"), _CALIBRATE),
    **dict.fromkeys(
        ("g/g", "g g-1", "kg/kg", "kg kg-1", "% w/w", "w/w", "g kg-1", "mass%", "wt%", "% g/g"), _BY_MASS
    ),
    **dict.fromkeys(("kpa", "hpa", "cbar", "pf"), "a tension, no content of water; leave these sensors out"),
}

#: Words of units, in lower case, and what they are written as.
_WORDS = {
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("sec", "second", "seconds"), "s"),
    **dict.fromkeys(("watt", "watts"), "w"),
    **dict.fromkeys(("millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
    **dict.fromkeys(("meter", "meters", "metre", "metres"), "m"),
    **dict.fromkeys(("foot", "feet"), "ft"),
    "inches": "inch",
    "knots": "knot",
    **dict.fromkeys(("degree", "degrees"), "deg"),
    **dict.fromkeys(("celsius", "centigrade"), "c"),
    "fahrenheit": "f",
}
#: Network unit -> the units that can be turned into it.
CONVERSIONS: MappingProxyType[str, Mapping[str, Conversion]] = MappingProxyType(
    {
        "m3 m-3": _FRACTION,
        "1": _FRACTION,
        "mm h-1": _WATER_RATE,
        "W m-2": _RADIATION,
        "m s-1": _SPEED,
        "percent": {"percent": Conversion(), "%": Conversion(), "1": Conversion(100.0)},
        "kPa": {
            "kPa": Conversion(),
            "hPa": Conversion(0.1),
            "mbar": Conversion(0.1),
            "mb": Conversion(0.1),
            "Pa": Conversion(0.001),
        },
        "m": _LENGTH,
        "degC": {
            "degC": Conversion(),
            "C": Conversion(),
            "K": Conversion(1.0, -273.15),
            "kelvin": Conversion(1.0, -273.15),
            "degF": Conversion(5 / 9, -160 / 9),
            "F": Conversion(5 / 9, -160 / 9),
        },
        "m3 s-1": {
            "m3 s-1": Conversion(),
            "L s-1": Conversion(0.001),
            "m3 h-1": Conversion(1 / 3600),
            "m3 d-1": Conversion(1 / 86400),
            "ft3 s-1": Conversion(_FOOT**3),
            "cfs": Conversion(_FOOT**3),
        },
        "degrees_north": {"degrees_north": Conversion(), "degrees": Conversion()},
        "degrees_east": {"degrees_east": Conversion(), "degrees": Conversion()},
    }
)


def conversion(name: str, unit: str, where: str) -> Conversion:
    """Return how a variable's raw unit becomes the network's.

    Parameters
    ----------
    name
        A variable of the schema or of :data:`thetamix.network.weather_variables.WEATHER`: ``precipitation``.
    unit
        The unit in the source: ``mm d-1``; a number may stand before it: ``0.1 mm``.
    where
        File and column, for the message.

    Raises
    ------
    InputError
        If the unit is not known for this variable.

    Examples
    --------
    >>> conversion("air_temperature", "K", "weather.csv").offset
    -273.15
    >>> conversion("air_temperature", "0.1 degC", "weather.csv").factor
    0.1
    """
    target = variable(name).units
    assert target is not None, f"{name} has no unit"
    conversions = CONVERSIONS[target]
    word = _plain(unit)
    base = _look_up(word, conversions)
    scaled = re.fullmatch(r"(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?) ?(\S.*)", word)
    if base is None and scaled is not None and float(scaled[1]) > 0:
        base = _look_up(scaled[2], conversions)
        if base is not None:
            return Conversion(float(scaled[1]) * base.factor, base.offset, base.per_step)
    if base is None:
        advice = _NO_FRACTIONS.get(word.lower()) if conversions is _FRACTION else None
        # The most similar word may well be another unit: mm h-1 for cm h-1.
        hint = f"this is {advice}" if advice else f"known are: {', '.join(sorted(conversions))}"
        raise InputError(f"{where}: unknown unit {unit!r} for {name} [{target}]; {hint}")
    return base


def _look_up(word: str, conversions: Mapping[str, Conversion]) -> Conversion | None:
    """Return the conversion of a unit, however it is spelled; None where there is none."""
    if word in conversions:
        return conversions[word]
    spelled = _spelling(word)
    return next((how for name, how in conversions.items() if _spelling(name) == spelled), None)


def _spelling(unit: str) -> str:
    """Write a unit so that all spellings of it are the same: ``kg m**-2 s**-1`` and ``kg/m^2/s`` are ``kgm-2s-1``."""
    first, *below = re.sub(r"\*\*|\^", "", unit.lower()).replace("_", " ").split("/")
    words = first.replace(".", " ").split()
    for part in below:
        power, *others = part.split() or [""]
        words += [power if power[-1:].isdigit() else f"{power}1", *others]
        words[-1 - len(others)] = re.sub(r"(\d+)$", r"-\1", words[-1 - len(others)])
    return "".join(_WORDS.get(name, name) + power for name, power in map(_power, words))


def _power(word: str) -> tuple[str, str]:
    name = re.sub(r"-?\d+$", "", word)
    return name, word[len(name) :]


def _plain(unit: str) -> str:
    """Write a unit in plain characters: m³ m⁻³ is m3 m-3, ℃ is degC; percent by volume in lower case."""
    word = " ".join(unicodedata.normalize("NFKC", unit).replace("\u2212", "-").replace("°", "deg").split())
    word = {"degF": "degF", "deg C": "degC", "deg F": "degF"}.get(word, word)
    return word.lower() if word.lower().startswith(("vol", "% vol", "%vol", "perc", "% v")) else word


def variable(name: str) -> Variable:
    """Return what the schema says of a variable.

    Parameters
    ----------
    name
        A variable of the schema or of the weather.

    Returns
    -------
    Variable
        Its dimensions, unit and names.

    Examples
    --------
    >>> variable("wind_speed").units
    'm s-1'
    """
    return VARIABLES[name] if name in VARIABLES else WEATHER[name]


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
