"""Checks of rain gauges: impossible sums, gauges that disagree with their neighbours or with the soil."""

import warnings
from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.limits import WETTEST_HOUR
from thetamix.places.matching import nearest_stations
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord
from thetamix.quality.flags.rolling import runs, shifted

RECORD_SHARE = 1 / 3  # of the greatest sum ever measured
LEAST_NEIGHBOURS = 2
SILENT = 50.0  # [mm] around a gauge that records nothing
SILENT_DAYS = 30  # [d]
NEIGHBOURS = 50_000.0  # [m] within which daily rain must be alike
LEAST_CORRELATION = 0.5  # of the roots of daily sums
LEAST_RATIO, LARGEST_RATIO = 0.5, 2.0  # of the sums over common days
COMMON_DAYS = 60
TELLING_DAYS = 8  # on which gauges are compared first
MOST_NEIGHBOURS = 50  # the nearest are asked
SAME_GAUGE = 1e-3  # [mm] daily sums nearer than this are those of one gauge
RISE = 0.02  # [m3 m-3] in a day at a shallow sensor: it rained, or snow melted, or somebody watered
DRY = 1.0  # [mm] in the day, the one before and the one after
SNOW = 2.0  # [degC] below this mean of the day melting snow may explain a rise
LEAST_RISES = 10
MANY = 0.5  # share of rises


@partial(
    Check,
    "warning",
    "mm",
    "mark broken values as missing, and check the unit",
    source="World Meteorological Organization: records of rain",
    shared=True,
)
def impossible_rain(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding]:
    """More rain in a step than a third of the world record."""
    hours, sums = cluster.time.hours, precipitation * cluster.time.hours
    most = RECORD_SHARE * WETTEST_HOUR * np.sqrt(hours)
    beyond = np.flatnonzero(sums > most)
    if beyond.size:
        wording = f"{np.nanmax(sums):.0f} mm of rain in {hours:g} h; a third of the world record is {most:.0f} mm"
        yield cluster.finding(wording, np.nanmax(sums), steps=beyond)


@partial(
    Check,
    "warning",
    "% of rises",
    "the rain gauge is blocked or far away, or the plot is irrigated: take other rain, or add the irrigation",
    source="Dorigo et al. 2013, doi:10.2136/vzj2012.0097: D04",
    subject="rises without rain",
)
def rises_without_rain(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Most rises of shallow sensors come without rain: a blocked gauge, a wrong one, or irrigation."""
    depth = cluster.topsoil
    if depth is None:
        yield Unchecked("no sensor near the surface")
        return
    risen, around = risen_days(cluster, depth, precipitation)
    dry = risen & (around < DRY)
    if risen.sum() >= LEAST_RISES and dry.sum() > MANY * risen.sum():
        wording = f"{dry.sum()} of {risen.sum()} days on which the topsoil got wetter by {RISE:g} m3 m-3 had no rain"
        yield cluster.finding(wording, 100 * dry.sum() / risen.sum(), depth=depth)


def risen_days(cluster: ClusterRecord, depth: int, precipitation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the days on which soil got wetter by :data:`RISE` without snow that melts.

    Parameters
    ----------
    cluster
        The cluster.
    depth
        Position of the depth.
    precipitation
        (time) [mm h-1].

    Returns
    -------
    risen : numpy.ndarray
        Boolean (day), where the rain around is known.
    around : numpy.ndarray
        Rain of the day, the one before and the one after (day) [mm].
    """
    present = np.isfinite(cluster.daily_readings[depth])
    change = np.diff(cluster.daily_readings[depth], axis=-1, prepend=np.nan)
    # The change of a majority of the replicates: one loose contact is another check's business.
    risen = (change > RISE).sum(axis=0) > present.sum(axis=0) / 2
    sums = cluster.daily(precipitation) * 24
    around = shifted(sums, -1) + sums + shifted(sums, 1)
    risen &= np.isfinite(around)
    air = cluster.forcing.get("air_temperature")
    if air is not None:
        risen &= ~(cluster.daily(air) < SNOW)
    return risen, around


def daily_rain(cluster: ClusterRecord) -> np.ndarray | None:
    """Return the daily sums of a cluster (day) [mm]; what is below zero is the business of another check."""
    rain = cluster.forcing.get("precipitation")
    return None if rain is None else cluster.daily(np.maximum(rain, 0)) * 24


@partial(
    Check,
    "warning",
    "mm",
    "the gauge was blocked or dead: mark the time as missing, or take a neighbour's rain",
    keep=daily_rain,
)
def silent_gauges(network: NetworkRecord, sums: list[np.ndarray]) -> Iterator[Finding]:
    """Rain gauges that record nothing for a month in which it rains around them: blocked, or without power."""
    for cluster, rain, near in _gauges(network, np.array(sums)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # days on which no neighbour has rain
            around = np.nan_to_num(np.nanmedian(near, axis=0))
        dry = runs(rain == 0)
        dry = dry[dry[:, 1] - dry[:, 0] >= SILENT_DAYS]
        missed = np.array([around[a:b].sum() for a, b in dry])
        if missed.size and missed.max() > SILENT:
            first, last = dry[missed.argmax()]
            start, end = network.time.stamps[np.searchsorted(network.time.day, [first, last - 1])]
            yield Finding(
                message=f"no rain for {last - first} days in which the median of {len(near)} neighbours is "
                f"{missed.max():.0f} mm",
                evidence=missed.max(),
                cluster=cluster,
                start=start,
                end=end,
            )


@partial(
    Check,
    "warning",
    "ratio",
    "take the rain of a neighbour or of a weather radar instead",
    keep=daily_rain,
)
def disagreeing_gauges(network: NetworkRecord, sums: list[np.ndarray]) -> Iterator[Finding]:
    """Rain gauges whose daily sums do not go with those of the gauges around them."""
    for cluster, rain, near in _gauges(network, np.array(sums)):
        common = np.isfinite(rain) & np.isfinite(near).any(axis=0)
        if common.sum() < COMMON_DAYS:
            continue
        middle, own = np.nanmedian(near[:, common], axis=0), rain[common]
        if not middle.any():
            continue
        ratio = float(own.sum() / middle.sum())
        correlation = float(np.corrcoef(np.sqrt(own), np.sqrt(middle))[0, 1]) if own.any() else 0.0
        wording = (
            f"rain is {ratio:.2f} times the median of {len(near)} neighbours, with a correlation of "
            f"{correlation:.2f} of daily sums"
        )
        if correlation < LEAST_CORRELATION:
            yield Finding(message=wording, evidence=correlation, cluster=cluster, unit="correlation")
        elif not LEAST_RATIO <= ratio <= LARGEST_RATIO:
            yield Finding(message=wording, evidence=ratio, cluster=cluster)


def _gauges(network: NetworkRecord, rain: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each gauge that has neighbours: a cluster, its daily sums (day), and the neighbours' (neighbour, day)."""
    gauges = distinct_gauges(rain)
    for cluster, near in zip(gauges, _neighbours(network.latitude[gauges], network.longitude[gauges]), strict=True):
        if len(near) >= LEAST_NEIGHBOURS:
            yield network.names[cluster], rain[cluster], rain[gauges[near]]


def distinct_gauges(rain: np.ndarray) -> np.ndarray:
    """Return the first cluster of each gauge: several may have the rain of one.

    Parameters
    ----------
    rain
        Daily sums (cluster, day) [mm]; gaps make no difference.

    Returns
    -------
    numpy.ndarray
        Positions of clusters (gauge).
    """
    by_day = np.ascontiguousarray(rain.T)
    gauges: list[int] = []
    for cluster in np.flatnonzero(np.isfinite(rain).any(axis=1)).tolist():
        sums = rain[cluster]
        alike = np.array(gauges, dtype=int)
        wettest = np.argsort(-np.nan_to_num(sums))[:TELLING_DAYS]  # on which other gauges have other rain
        for day in wettest:
            alike = alike[~(np.abs(by_day[day, alike] - sums[day]) >= SAME_GAUGE)]
        if not any(np.nanmax(np.abs(rain[other] - sums), initial=0.0) < SAME_GAUGE for other in alike):
            gauges.append(cluster)
    return np.array(gauges, dtype=int)


def _neighbours(latitude: np.ndarray, longitude: np.ndarray) -> list[np.ndarray]:
    """Return the nearest gauges around each [degrees] (gauge); without coordinates all are neighbours."""
    placed = np.isfinite(latitude) & np.isfinite(longitude)
    near: list[np.ndarray] = [np.array([], dtype=int)] * placed.size
    at, nowhere = np.flatnonzero(placed), np.flatnonzero(~placed)
    if at.size:
        index, away = nearest_stations(latitude[at], longitude[at], latitude[at], longitude[at], MOST_NEIGHBOURS + 1)
        for gauge, others, metres in zip(at, index, away, strict=True):
            near[gauge] = np.append(at[others[metres <= NEIGHBOURS]], nowhere)
    for gauge in nowhere:
        near[gauge] = np.arange(min(placed.size, MOST_NEIGHBOURS + 1))
    return [others[others != gauge][:MOST_NEIGHBOURS] for gauge, others in enumerate(near)]
