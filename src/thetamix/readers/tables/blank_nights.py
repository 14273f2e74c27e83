"""Radiation that files leave blank at night is 0, before it becomes means of longer steps."""

import numpy as np

from thetamix.readers.tables.clocks.times import Axis
from thetamix.readers.tables.places.stations import Clusters, Stations
from thetamix.weather.solar import DAY, extraterrestrial_radiation, is_dark

#: A stretch of blanks is a night where readings around it are such a share of bright ones: loggers have thresholds.
LOW = 0.25


def without_blank_nights(
    values: np.ndarray, axis: Axis, station: str, stations: Stations, clusters: Clusters
) -> tuple[np.ndarray, int]:
    """Write 0 where global radiation is missing while the sun is down, or from a low reading through the night on.

    Parameters
    ----------
    values
        Of a station (time) [W m-2]; NaN is missing.
    axis
        Their time.
    station
        Whose sun; that of the first cluster where nobody knows where the station is.
    stations, clusters
        Where they are.

    Returns
    -------
    values : numpy.ndarray
        (time); the same array where nothing is to be written.
    number : int
        How many are 0 now.
    """
    where = _place(station, stations, clusters)
    blank = np.isnan(values)
    if where is None or axis.step >= DAY or blank.all() or not blank.any():
        return values, 0
    dark = blank & is_dark(extraterrestrial_radiation(*where, axis.ends - axis.step // 2, axis.step))
    dark |= _nights(blank, dark, values, int(DAY // axis.step))
    return np.where(dark, np.float32(0), values), int(dark.sum())


def _nights(blank: np.ndarray, dark: np.ndarray, values: np.ndarray, longest: int) -> np.ndarray:
    """Mark stretches of blanks (time) that hold a night, are shorter than a day, and begin and end at low values."""
    change = np.diff(np.concatenate([[False], blank, [False]]).astype(np.int8))
    first, behind = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    around = np.concatenate([[np.nan], values, [np.nan]])
    low = LOW * np.nanquantile(values, 0.99)
    count = np.concatenate([[0], np.cumsum(dark)])
    night = (count[behind] > count[first]) & (behind - first < longest)
    night &= (around[first] <= low) & (around[behind + 1] <= low)
    marks = np.zeros(blank.size + 1, dtype=np.int8)
    marks[first[night]], marks[behind[night]] = 1, -1
    nights: np.ndarray = np.cumsum(marks)[:-1] > 0
    return nights


def _place(station: str, stations: Stations, clusters: Clusters) -> tuple[np.ndarray, np.ndarray] | None:
    latitude, longitude = (clusters.attributes.get(name, np.empty(0)) for name in ("latitude", "longitude"))
    if station in stations.names:
        at = stations.names.index(station)
        latitude, longitude = stations.latitude[at : at + 1], stations.longitude[at : at + 1]
    if latitude.size != longitude.size:
        return None
    there = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude))
    return (latitude[there[0]], longitude[there[0]]) if there.size else None
