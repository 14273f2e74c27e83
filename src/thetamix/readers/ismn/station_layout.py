"""Where the sensors of an ISMN archive sit in a network: nominal depths, replicates, successive sensors.

The letters behind an instrument's name say nothing: Hydraprobe A and B may stand side by side, or B may have replaced
A. Sensors at one nominal depth are replicates where they were read at the same time, and one series where one follows
the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from thetamix.network.schema import MAX_DEPTHS
from thetamix.readers.ismn.ismn_station import Sensor, Station
from thetamix.system.errors import InputError

#: Sensors that share so many hours, or half of the shorter record, stand side by side.
SIMULTANEOUS = 7 * 24
#: Sensors this far from a nominal depth belong to it [m].
TOLERANCE = 0.02


@dataclass(frozen=True)
class Lane:
    """One series of a station: a sensor, or successive ones.

    Attributes
    ----------
    depth
        Position of the nominal depth.
    replicate
        Position among the replicates.
    sensors
        In order of time.
    """

    depth: int
    replicate: int
    sensors: Sequence[Sensor]


def middle(sensor: Sensor) -> float:
    """Give the middle of the depths between which a sensor measures [m]."""
    return (sensor.upper + sensor.lower) / 2


def nominal_depths(
    stations: Sequence[Station], depths: Sequence[float] | None, tolerance: float
) -> tuple[np.ndarray, list[str]]:
    """Say which nominal depths a network has.

    Parameters
    ----------
    stations
        With their soil moisture sensors.
    depths
        As the user has them, in any order [m]; None finds them: depths that are within `tolerance` of each other are
        one, named by the most frequent of them in full centimetres where it is as near.
    tolerance
        How far the middle of a sensor's extent may be from its nominal depth [m].

    Returns
    -------
    depth : numpy.ndarray
        (depth) [m], increasing.
    left_out : list of str
        Sensors too far from all depths, as sentences.

    Raises
    ------
    InputError
        If there are too many depths, or no sensor is near one.
    """
    found = [
        (middle(sensor), f"{station.network} {station.name}")
        for station in stations
        for sensor in station.sensors
        if sensor.variable == "soil_moisture"
    ]
    values = np.array([depth for depth, _ in found])
    if depths is not None:
        nominal = np.unique(np.asarray(depths, dtype=np.float64))
        if nominal.size > MAX_DEPTHS or not (np.isfinite(nominal) & (nominal >= 0)).all():
            raise InputError(
                f"depths {', '.join(f'{depth:g}' for depth in nominal)}: give 1 to {MAX_DEPTHS} depths in metres, "
                "positive down"
            )
    else:
        nominal = _groups(values, tolerance)
        if nominal.size > MAX_DEPTHS:
            raise InputError(
                f"the sensors have {nominal.size} depths ({', '.join(f'{depth:g}' for depth in nominal)} m), at most "
                f'{MAX_DEPTHS} are possible; name those that you want (--depths "0.05 0.1 0.2"), or widen '
                "--tolerance"
            )
    away = np.abs(values[:, None] - nominal).min(axis=1) > tolerance + 1e-9
    if away.all():
        raise InputError(
            f"no sensor is within {tolerance:g} m of the depths {', '.join(f'{depth:g}' for depth in nominal)} m; "
            f"the archive has {', '.join(f'{depth:g}' for depth in np.unique(values.round(4)))} m"
        )
    left_out = sorted({f"{name} at {depth:.4g} m" for (depth, name), far in zip(found, away, strict=True) if far})
    return nominal, left_out


def _groups(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Group sorted depths: each group is as wide as two tolerances at most."""
    depth, count = np.unique(values.round(4), return_counts=True)
    nominal: list[float] = []
    start = 0
    for end in range(1, depth.size + 1):
        if end < depth.size and depth[end] - depth[start] <= tolerance:
            continue
        common = float(depth[start + int(count[start:end].argmax())])
        rounded = round(common, 2)
        inside = np.abs(depth[start:end] - rounded).max() <= tolerance
        nominal.append(rounded if inside and rounded > 0 else common)
        start = end
    return np.unique(nominal)


def lanes(
    sensors: Sequence[Sensor],
    depth: np.ndarray,
    tolerance: float,
    hours: Callable[[Sensor], np.ndarray],
) -> list[Lane]:
    """Sort a station's soil moisture sensors into series.

    Parameters
    ----------
    sensors
        Of one station.
    depth
        Nominal depths (depth) [m].
    tolerance
        How far a sensor may be from its nominal depth [m]; others are left out.
    hours
        Gives the times with a reading of a sensor (row); asked only where records overlap.

    Returns
    -------
    list of Lane
        By depth, then by replicate.
    """
    found = []
    near: dict[int, list[Sensor]] = {}
    for sensor in sorted(sensors, key=lambda one: (one.first, one.last, one.instrument, one.path)):
        if sensor.variable == "soil_moisture":
            away = np.abs(depth - middle(sensor))
            if away.min() <= tolerance + 1e-9:
                near.setdefault(int(away.argmin()), []).append(sensor)
    for at in sorted(near):
        read: dict[str, np.ndarray] = {}
        rows: list[list[Sensor]] = []
        for sensor in near[at]:
            for row in rows:
                if not any(_together(other, sensor, hours, read) for other in row):
                    row.append(sensor)
                    break
            else:
                rows.append([sensor])
        rows.sort(key=lambda row: (row[0].instrument, row[0].path))
        found += [Lane(at, number, row) for number, row in enumerate(rows)]
    return found


def _together(one: Sensor, other: Sensor, hours: Callable[[Sensor], np.ndarray], read: dict[str, np.ndarray]) -> bool:
    """Say whether two sensors were read side by side."""
    if min(one.last, other.last) < max(one.first, other.first):
        return False
    for sensor in (one, other):
        if sensor.path not in read:
            read[sensor.path] = hours(sensor)
    shared = np.intersect1d(read[one.path], read[other.path], assume_unique=True).size
    shorter = min(read[one.path].size, read[other.path].size)
    return bool(shared >= min(SIMULTANEOUS, max(shorter / 2, 1)))


def changes(station: Station, lane: Lane, depth: float) -> str | None:
    """Say in words where one sensor follows another; None where there is one.

    Parameters
    ----------
    station
        The station.
    lane
        The series.
    depth
        Its nominal depth [m].

    Returns
    -------
    str or None
        A sentence with names and dates.
    """
    if len(lane.sensors) == 1:
        return None
    spans = [
        f"{sensor.instrument} {np.datetime_as_string(sensor.first, 'D')} to {np.datetime_as_string(sensor.last, 'D')}"
        for sensor in lane.sensors
    ]
    return f"{station.network} {station.name} at {depth:g} m is one series of successive sensors: {', '.join(spans)}"


def sensor_names(lane: Lane) -> str:
    """Name the sensors of a series, in order of time."""
    return " > ".join(sensor.instrument for sensor in lane.sensors)


def static_texts(stations: Sequence[Station], name: str) -> np.ndarray | None:
    """Give a static variable as texts (cluster); None where no station has it."""
    found = [str(station.static.get(name, "")) for station in stations]
    return np.array(found, dtype=object) if any(found) else None


def static_numbers(stations: Sequence[Station], name: str) -> np.ndarray | None:
    """Give a static variable as numbers (cluster), NaN where it is missing; None where no station has it."""
    found = np.full(len(stations), np.nan)
    for at, station in enumerate(stations):
        value: object = station.static.get(name)
        if isinstance(value, int | float):
            found[at] = value
    return found if np.isfinite(found).any() else None
