"""Stations and sensors of the International Soil Moisture Network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: Variable -> what the archive calls it in the names of its files.
CODES = {"soil_moisture": "sm", "precipitation": "p", "air_temperature": "ta"}


@dataclass(frozen=True)
class Sensor:
    """One data file of a station.

    Attributes
    ----------
    path
        Inside the archive's root.
    variable
        A key of :data:`CODES`.
    instrument
        Its name.
    upper, lower
        Depths between which it measures, positive down [m].
    first, last
        Times of the first and the last reading, UTC.
    """

    path: str
    variable: str
    instrument: str
    upper: float
    lower: float
    first: np.datetime64
    last: np.datetime64


@dataclass(frozen=True)
class Station:
    """A station: where it is, what it has.

    Attributes
    ----------
    network, name
        Of the archive's folders.
    latitude, longitude, elevation
        [degrees], [m].
    sensors
        Its data files.
    static
        Static variables by name; of those with layers the uppermost.
    """

    network: str
    name: str
    latitude: float
    longitude: float
    elevation: float
    sensors: Sequence[Sensor]
    static: dict[str, Any]
