"""Where the sensors of an ISMN archive sit in a network: nominal depths, replicates, successive sensors.

The letters behind an instrument's name say nothing: Hydraprobe A and B may stand side by side, or B may have replaced
A. Sensors at one nominal depth are replicates where they were read at the same time, and one series where one follows
the other.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from thetamix.network.depth_groups import depth_groups, depths_option
from thetamix.network.schema import MAX_DEPTHS
from thetamix.readers.ismn.ismn_station import Sensor, Station
from thetamix.system.errors import InputError

#: Sensors that share so many hours, or half of the shorter record, stand side by side.
SIMULTANEOUS = 7 * 24
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Lane:
    """A series of a station: positions of depth and replicate, a sensor or successive ones in order of time."""

    depth: int
    replicate: int
    sensors: Sequence[Sensor]


def nominal_depths(
    sensors: Sequence[tuple[Station, Sensor]], depths: Sequence[float] | None, tolerance: float
) -> tuple[np.ndarray, list[str]]:
    """Return the nominal depths of a network.

    Parameters
    ----------
    sensors
        Of soil moisture, with their stations.
    depths
        As the user has them, in any order [m]; None finds them: depths that are within `tolerance` of each other are
        one, named by the most frequent of them in full centimetres where it is as near.
    tolerance
        How far the middle of a sensor's extent may be from its nominal depth [m]; further where the extent holds it.

    Returns
    -------
    depth : numpy.ndarray
        (depth) [m], increasing.
    notes : list of str
        How many sensors of which network are at none of the depths, and at one only because their extent holds it.

    Raises
    ------
    InputError
        If there are too many depths, or no sensor is at one.
    """
    values = np.array([sensor.middle for _, sensor in sensors])
    if depths is not None:
        nominal = np.unique(np.asarray(depths, dtype=np.float64))
        if nominal.size > MAX_DEPTHS or not (np.isfinite(nominal) & (nominal >= 0)).all():
            raise InputError(
                f"depths {', '.join(f'{depth:g}' for depth in nominal)}: give 1 to {MAX_DEPTHS} depths in metres, "
                "positive down"
            )
    else:
        nominal = np.unique([name for name, _ in depth_groups(values, tolerance)])
        if nominal.size > MAX_DEPTHS:
            frequent = sorted(stations_at(sensors, nominal, tolerance).items(), key=lambda item: -item[1])
            raise InputError(
                f"the sensors have {nominal.size} depths ({', '.join(f'{depth:g}' for depth in nominal)} m), at most "
                f"{MAX_DEPTHS} are possible; name those that you want, the most frequent are "
                f"{depths_option(depth for depth, _ in frequent[:MAX_DEPTHS])}, or widen --tolerance"
            )
    left_out: list[tuple[str, str]] = []
    around: list[tuple[str, str]] = []
    for station, sensor in sensors:
        at = depth_of(sensor, nominal, tolerance)
        if at is None:
            left_out.append((station.network, f"{sensor.middle:.4g} m"))
        elif abs(nominal[at] - sensor.middle) > tolerance + _ROUNDING:
            around.append((station.network, f"{sensor.upper:.4g} to {sensor.lower:.4g} m as {nominal[at]:g} m"))
    if len(left_out) == len(sensors):
        raise InputError(
            f"no sensor is within {tolerance:g} m of the depths {', '.join(f'{depth:g}' for depth in nominal)} m; "
            f"the archive has {', '.join(f'{depth:g}' for depth in np.unique(values.round(4)))} m"
        )
    sentences = {
        f"not within {tolerance:g} m of a depth, nor around one": left_out,
        "around a depth, and taken for it": around,
    }
    return nominal, [f"{len(those)} sensor(s) {what}: {_tally(those)}" for what, those in sentences.items() if those]


def depth_of(sensor: Sensor, depth: np.ndarray, tolerance: float) -> int | None:
    """Return the position of a sensor's nominal depth: of those near, or in its extent, the nearest to its middle.

    Of two that are equally near it is the upper one.
    """
    away = np.abs(depth - sensor.middle)
    fits = (away <= tolerance + _ROUNDING) | ((sensor.upper <= depth) & (depth <= sensor.lower))
    return int(np.where(fits, away.round(6), np.inf).argmin()) if fits.any() else None


def stations_at(sensors: Sequence[tuple[Station, Sensor]], depth: np.ndarray, tolerance: float) -> dict[float, int]:
    """Return how many stations have a sensor at each nominal depth [m]."""
    pairs = {(depth_of(sensor, depth, tolerance), str(station)) for station, sensor in sensors}
    count = Counter(at for at, _ in pairs)
    return {float(metres): count[at] for at, metres in enumerate(depth)}


def _tally(sensors: Sequence[tuple[str, str]]) -> str:
    """Count sensors by network, and by what is said of them."""
    count: dict[str, Counter[str]] = {}
    for network, what in sensors:
        count.setdefault(network, Counter())[what] += 1
    return "; ".join(
        f"{network} " + ", ".join(f"{number} at {what}" for what, number in sorted(those.items()))
        for network, those in sorted(count.items())
    )


def lanes(
    sensors: Sequence[Sensor], depth: np.ndarray, tolerance: float, hours: Callable[[Sensor], np.ndarray]
) -> list[Lane]:
    """Sort a station's soil moisture sensors into series.

    Parameters
    ----------
    sensors
        Of soil moisture, of one station.
    depth
        Nominal depths (depth) [m].
    tolerance
        As in :func:`nominal_depths`; other sensors are left out.
    hours
        Gives the times with a reading of a sensor (row); asked only where records overlap.

    Returns
    -------
    list of Lane
        By depth, then by replicate.
    """
    near: dict[int, list[Sensor]] = {}
    for sensor in sorted(sensors, key=lambda s: (s.first, s.last, s.instrument, s.path)):
        if (nominal := depth_of(sensor, depth, tolerance)) is not None:
            near.setdefault(nominal, []).append(sensor)
    series = []
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
        series += [Lane(at, number, row) for number, row in enumerate(rows)]
    return series


def _together(
    sensor: Sensor, other: Sensor, hours: Callable[[Sensor], np.ndarray], read: dict[str, np.ndarray]
) -> bool:
    """Return whether two sensors were read side by side."""
    if min(sensor.last, other.last) < max(sensor.first, other.first):
        return False
    for each in (sensor, other):
        if each.path not in read:
            read[each.path] = hours(each)
    shared = np.intersect1d(read[sensor.path], read[other.path], assume_unique=True).size
    shorter = min(read[sensor.path].size, read[other.path].size)
    return bool(shared >= min(SIMULTANEOUS, max(shorter / 2, 1)))


def changes(station: Station, lane: Lane, depth: float) -> str:
    """Write where, at a nominal depth [m], one sensor follows another: a sentence with names and dates."""
    spans = [
        f"{sensor.instrument} {np.datetime_as_string(sensor.first, 'D')} to {np.datetime_as_string(sensor.last, 'D')}"
        for sensor in lane.sensors
    ]
    return f"{station} at {depth:g} m is one series of successive sensors: {', '.join(spans)}"
