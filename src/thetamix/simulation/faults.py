"""Faults of sensors, planted on purpose and listed: what quality control should find.

>>> from thetamix.simulation import simulate
>>> network = simulate(clusters=1, years=0.2, truth_profiles=0, without=["gaps"]).network
>>> spoiled, faults = plant_faults(network, seed=1, kinds=["spike", "stuck"], rate=3.0)
>>> list(faults.columns)
['cluster', 'depth', 'replicate', 'kind', 'start', 'end', 'magnitude']
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.schema import flag_mask
from thetamix.quality.flags import flag_ranges
from thetamix.simulation.frost import freeze
from thetamix.simulation.seeds import Stream, stream
from thetamix.system.errors import InputError, nearest

DAYS_PER_YEAR = 365.25
COLUMNS = ("cluster", "depth", "replicate", "kind", "start", "end", "magnitude")
UNMEASURED = 10.0  # [degC] stands for the air of a cluster without any temperature: no frost
SMALLEST_DROP = 0.005  # [m3 m-3] of a reading: frost that takes less is neglected


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes
    ----------
    rate
        How often it comes to a sensor in a simulated campaign [a-1].
    days
        Median duration [d] and sd of its logarithm; (0, 0) is one step.
    size
        Between which magnitudes [m3 m-3].
    """

    rate: float
    days: tuple[float, float]
    size: tuple[float, float]


#: The kinds by name. All but ``frozen`` come at random times; rates, durations and sizes are our choice, of the
#: order that the ISMN's flags were made for (Dorigo et al. 2013, doi:10.2136/vzj2012.0097).
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "spike": Kind(1.0, (0.0, 0.0), (0.08, 0.30)),  # one reading up or down
        "break": Kind(0.10, (10.0, 0.8), (0.06, 0.15)),  # a shift of level until somebody comes
        "stuck": Kind(0.06, (6.0, 0.8), (0.0, 0.0)),  # repeats its first reading
        "plateau": Kind(0.04, (4.0, 0.6), (0.05, 0.15)),  # constant above all that it read before
        "drift": Kind(0.06, (60.0, 0.5), (0.06, 0.15)),  # grows linearly, then is set right
        "dead": Kind(0.04, (8.0, 0.8), (0.0, 0.02)),  # a low constant
        "swapped": Kind(0.03, (40.0, 0.5), (0.0, 0.0)),  # two replicates change places
        "frozen": Kind(0.0, (0.0, 0.0), (0.0, 0.0)),  # liquid water falls while the soil is frozen
    }
)
FAULTS = tuple(KINDS)


@dataclass(frozen=True)
class Event:
    """One fault in a series.

    Attributes
    ----------
    kind
        Name of :data:`KINDS`.
    replicates
        Numbers of the sensors: one, or two that are swapped.
    begin, end
        First step, and the one after the last.
    size
        Signed magnitude [m3 m-3], where the kind has one.
    """

    kind: str
    replicates: tuple[int, ...]
    begin: int
    end: int
    size: float


def plant_faults(
    network: xr.Dataset, seed: int, kinds: Sequence[str] = FAULTS, rate: float | None = None
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Plant faults into a network's readings.

    Parameters
    ----------
    network
        With ``soil_moisture``, and ``air_temperature`` for ``frozen``; not changed.
    seed
        The same seed gives the same faults; a longer network has the same ones first.
    kinds
        Names of :data:`KINDS`. Leaving one out moves none of the others, though one that it hid may appear.
    rate
        Of every kind but ``frozen`` [a-1 per sensor]; None is each kind's own.

    Returns
    -------
    network : xarray.Dataset
        With spoiled readings and range flags that fit them; all else is shared with what was given.
    faults : pandas.DataFrame
        One row for each fault of a sensor: ``cluster`` (its id), ``depth`` [m], ``replicate`` (label), ``kind``,
        ``start`` and ``end`` (stamps of the first and the last spoiled reading, UTC), ``magnitude`` [m3 m-3]: the
        largest change of a reading, with its sign. Faults of one sensor do not overlap, but for ``frozen``, which
        comes first and may be hidden under another. Faults without a reading are neither planted nor listed.

    Raises
    ------
    InputError
        If a kind is unknown, the rate negative or the air temperature missing.
    """
    _check(network, kinds, rate)
    readings = network["soil_moisture"].to_numpy().copy()
    clusters, depths, replicates, steps = readings.shape
    stamps = network["time"].to_numpy()
    step_hours = float((stamps[1] - stamps[0]) / np.timedelta64(1, "h"))
    share = _liquid(network, step_hours) if "frozen" in kinds else None
    own = {kind: KINDS[kind].rate if rate is None else rate for kind in kinds if kind != "frozen"}
    rows: list[tuple[int, int, int, str, int, int, float]] = []
    for cluster in range(clusters):
        for depth in range(depths):
            series = readings[cluster, depth]
            if share is not None:
                rows += [(cluster, depth, *row) for row in _freeze(series, share[cluster, depth])]
            for event in draw_events(seed, cluster, depth, replicates, steps, step_hours, own):
                rows += [(cluster, depth, *row) for row in _spoil(series, event)]
    spoiled = network.assign(soil_moisture=(network["soil_moisture"].dims, readings, network["soil_moisture"].attrs))
    if "soil_moisture_flag" in network:
        old = network["soil_moisture_flag"]
        flags = (old.to_numpy() & ~flag_mask(("C01", "C02", "C03"))) | flag_ranges(spoiled)
        spoiled = spoiled.assign(soil_moisture_flag=(old.dims, flags, old.attrs))
    return spoiled, _table(rows, network)


def _check(network: xr.Dataset, kinds: Sequence[str], rate: float | None) -> None:
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"there is no fault {kind!r}; {nearest(kind, FAULTS)}")
    if rate is not None and not (np.isfinite(rate) and rate >= 0):
        raise InputError(f"{rate:g} faults a year cannot be planted; give a number from 0")
    if "frozen" in kinds and "air_temperature" not in network:
        raise InputError("frozen soil needs air_temperature, which the network lacks; leave out 'frozen'")


def draw_events(
    seed: int,
    cluster: int,
    depth: int,
    replicates: int,
    steps: int,
    step_hours: float,
    rates: Mapping[str, float],
) -> list[Event]:
    """Draw the faults of the sensors at one depth of a cluster.

    Parameters
    ----------
    seed
        Of the faults.
    cluster, depth
        Numbers of the series.
    replicates, steps
        How many.
    step_hours
        Length of a step [h].
    rates
        Faults of each kind [a-1 per sensor].

    Returns
    -------
    list of Event
        By begin; of faults that would overlap on a sensor the one that begins first.
    """
    drawn = []
    for kind, rate in rates.items():
        number = FAULTS.index(kind)
        # A swap is that of the later of two sensors.
        for sensor in range(1 if kind == "swapped" else 0, replicates):
            random = stream(seed, Stream.FAULTS, cluster, depth, sensor, number)
            drawn += _renewal(random, kind, rate, sensor, steps, step_hours)
    free = np.zeros(replicates, dtype=int)
    kept = []
    for event in sorted(drawn, key=lambda event: (event.begin, FAULTS.index(event.kind), event.replicates)):
        own = list(event.replicates)
        # A step between two faults, so that each has an edge of its own.
        if (free[own] < event.begin).all():
            kept.append(event)
            free[own] = event.end
    return kept


def _renewal(
    random: np.random.Generator, kind: str, rate: float, sensor: int, steps: int, step_hours: float
) -> list[Event]:
    """Draw one kind's faults of one sensor: exponential waits, lognormal durations."""
    events: list[Event] = []
    if rate == 0:
        return events
    per_day = 24 / step_hours
    (median, spread), (least, most) = KINDS[kind].days, KINDS[kind].size
    now = random.exponential(DAYS_PER_YEAR / rate)
    while now * per_day < steps:
        days = median * np.exp(spread * random.standard_normal())
        size = random.uniform(least, most) * (1 if random.random() < 0.5 else -1)
        partner = int(sensor * random.random())
        begin = int(now * per_day)
        end = max(begin + 1, int((now + days) * per_day))
        who = (partner, sensor) if kind == "swapped" else (sensor,)
        events.append(Event(kind, who, begin, min(end, steps), size))
        now += days + random.exponential(DAYS_PER_YEAR / rate)
    return events


def _spoil(series: np.ndarray, event: Event) -> list[tuple[int, str, int, int, float]]:
    """Spoil the readings of a series (replicate, time), in place; return what to list."""
    part = slice(event.begin, event.end)
    sound = series[list(event.replicates), part].copy()
    if event.kind == "swapped":
        series[list(event.replicates), part] = sound[::-1]
    elif np.isfinite(sound).any():
        before = series[event.replicates[0], : event.end]
        series[event.replicates[0], part] = _faulty(event, sound[0], before)
    return [
        row
        for who, was in zip(event.replicates, sound, strict=True)
        for row in _changes(event.kind, who, event.begin, was, series[who, part])
    ]


def _faulty(event: Event, sound: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return what a faulty sensor reads instead of ``sound`` (time); missing readings stay missing."""
    constant = {
        "stuck": sound[np.isfinite(sound)][0],
        "plateau": np.nanmax(before) + abs(event.size),
        "dead": abs(event.size),
    }
    wrong = np.full_like(sound, constant.get(event.kind, np.nan))
    if event.kind not in constant:
        growing = np.linspace(0, 1, sound.size + 1)[1:] if event.kind == "drift" else 1.0
        wrong = (sound + event.size * growing).astype(np.float32)
    wrong[~np.isfinite(sound)] = np.nan
    return wrong


def _freeze(series: np.ndarray, share: np.ndarray) -> list[tuple[int, str, int, int, float]]:
    """Freeze readings (replicate, time) by the liquid share (time), in place; return what to list."""
    edges = np.flatnonzero(np.diff(np.r_[False, share < 1, False]))
    listed = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        for who in range(len(series)):
            sound = series[who, begin:end].copy()
            liquid = np.where(sound > 0, sound * share[begin:end], sound)
            rows = _changes("frozen", who, begin, sound, liquid)
            if rows and rows[0][-1] <= -SMALLEST_DROP:
                series[who, begin:end] = liquid
                listed += rows
    return listed


def _changes(
    kind: str, who: int, begin: int, was: np.ndarray, now: np.ndarray
) -> list[tuple[int, str, int, int, float]]:
    """List a fault from its first to its last reading, if any is changed."""
    change = now - was
    present = np.flatnonzero(np.isfinite(change))
    if not change[present].any():
        return []
    largest = change[present[np.abs(change[present]).argmax()]]
    return [(who, kind, int(begin + present[0]), int(begin + present[-1]), float(largest))]


def _liquid(network: xr.Dataset, step_hours: float) -> np.ndarray:
    """Return the share of water that is liquid (cluster, depth, time)."""
    air = network["air_temperature"].to_numpy().astype(float)
    for row in air:
        measured = np.flatnonzero(np.isfinite(row))
        row[:] = np.interp(np.arange(row.size), measured, row[measured]) if measured.size else UNMEASURED
    return freeze(air, step_hours, network["depth"].to_numpy())[1]


def _table(rows: list[tuple[int, int, int, str, int, int, float]], network: xr.Dataset) -> pd.DataFrame:
    stamps = network["time"].to_numpy()
    names, depth = network["cluster_id"].to_numpy(), network["depth"].to_numpy()
    labels = network["replicate_label" if "replicate_label" in network else "replicate"].to_numpy()
    return pd.DataFrame(
        [
            (str(names[c]), float(depth[d]), str(labels[r]), kind, stamps[begin], stamps[end], magnitude)
            for c, d, r, kind, begin, end, magnitude in rows
        ],
        columns=list(COLUMNS),
    )
