"""Checks of rain gauges: impossible sums, gauges that disagree with their neighbours or with the soil."""

import warnings
from collections.abc import Iterator

import numpy as np

from thetamix.places.matching import great_circle
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.location import Overview, Place
from thetamix.quality.flags.rolling import runs

#: A third of the greatest sum ever measured in a step, 365 mm times the root of the hours: through the records of the
#: World Meteorological Organization, 305 mm in 42 minutes (Holt, 1947) and 1825 mm in a day (Foc-Foc, 1966).
RECORD, RECORD_SHARE = 365.0, 1 / 3
LEAST_NEIGHBOURS = 2
SILENT = 50.0  # [mm] around a gauge that records nothing
SILENT_DAYS = 30  # [d]
NEIGHBOURS = 50_000.0  # [m] within which daily rain must be alike
LEAST_CORRELATION = 0.5  # of the roots of daily sums
LEAST_RATIO, LARGEST_RATIO = 0.5, 2.0  # of the sums over common days
COMMON_DAYS = 60
SAME_GAUGE = 1e-3  # [mm] daily sums nearer than this are those of one gauge
RISE = 0.02  # [m3 m-3] in a day at a shallow sensor: it rained, or snow melted, or somebody watered
DRY = 1.0  # [mm] in the day, the one before and the one after
SNOW = 2.0  # [degC] below this mean of the day melting snow may explain a rise
SHALLOW = 0.15  # [m]
LEAST_RISES = 10
MANY = 0.5  # share of rises


def impossible_rain(place: Place) -> Iterator[Finding]:
    """More rain in a step than a third of the world record."""
    rain = place.forcing.get("precipitation")
    if rain is None:
        return
    sums = rain * place.clock.hours
    most = RECORD_SHARE * RECORD * np.sqrt(place.clock.hours)
    beyond = sums > most
    if beyond.any():
        yield place.finding(
            "warning",
            f"{np.nanmax(sums):.0f} mm of rain in {place.clock.hours:g} h; a third of the world record is "
            f"{most:.0f} mm",
            "mark broken values as missing, and check the unit",
            evidence=np.nanmax(sums),
            unit="mm",
            steps=np.flatnonzero(beyond),
        )


def rises_without_rain(place: Place) -> Iterator[Finding]:
    """Most rises of shallow sensors come without rain: a blocked gauge, a wrong one, or irrigation."""
    depth, rain = place.shallowest, place.forcing.get("precipitation")
    if depth is None or rain is None or place.depths[depth] > SHALLOW:
        return
    known = np.isfinite(place.daily_readings[depth])
    change = np.diff(place.daily_readings[depth], axis=-1, prepend=np.nan)
    # The change of a majority of the replicates: one loose contact is another check's business.
    risen = (change > RISE).sum(axis=0) > known.sum(axis=0) / 2
    sums = place.daily(rain) * 24
    around = sum(
        np.concatenate([np.full(max(k, 0), np.nan), sums, np.full(max(-k, 0), np.nan)])[
            max(-k, 0) : max(-k, 0) + sums.size
        ]
        for k in (-1, 0, 1)
    )
    risen &= np.isfinite(around)
    air = place.forcing.get("air_temperature")
    if air is not None:
        risen &= ~(place.daily(air) < SNOW)
    dry = risen & (around < DRY)
    if risen.sum() >= LEAST_RISES and dry.sum() > MANY * risen.sum():
        yield place.finding(
            "warning",
            f"{dry.sum()} of {risen.sum()} days on which the topsoil got wetter by {RISE:g} m3 m-3 had no rain",
            "the rain gauge is blocked or far away, or the plot is irrigated: take other rain, or add the irrigation",
            evidence=100 * dry.sum() / risen.sum(),
            unit="% of rises",
            depth=depth,
        )


def silent_gauges(overview: Overview) -> Iterator[Finding]:
    """Rain gauges that record nothing for a month in which it rains around them: blocked, or without power."""
    rain = np.array(overview.rain)
    if rain.size == 0:
        return
    for one in _distinct(rain):
        near = _neighbours(overview, rain, one)
        if len(near) < LEAST_NEIGHBOURS:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # days on which no neighbour has rain
            around = np.nan_to_num(np.nanmedian(rain[near], axis=0))
        dry = runs(rain[one] == 0)
        dry = dry[dry[:, 1] - dry[:, 0] >= SILENT_DAYS]
        missed = np.array([around[a:b].sum() for a, b in dry])
        if missed.size and missed.max() > SILENT:
            first, last = dry[missed.argmax()]
            step = np.searchsorted(overview.clock.day, [first, last - 1])
            yield Finding(
                check="",
                severity="warning",
                message=f"no rain for {last - first} days in which the median of {len(near)} neighbours is "
                f"{missed.max():.0f} mm",
                advice="the gauge was blocked or dead: mark the time as missing, or take a neighbour's rain",
                cluster=overview.names[one],
                start=overview.clock.stamps[step[0]],
                end=overview.clock.stamps[step[1]],
                evidence=float(missed.max()),
                unit="mm",
            )


def disagreeing_gauges(overview: Overview) -> Iterator[Finding]:
    """Rain gauges whose daily sums do not go with those of the gauges around them."""
    rain = np.array(overview.rain)
    if rain.size == 0 or not np.isfinite(rain).any():
        return
    for one in _distinct(rain):
        near = _neighbours(overview, rain, one)
        others = rain[near]
        common = np.isfinite(rain[one]) & (np.isfinite(others).sum(axis=0) > 0)
        if len(near) < LEAST_NEIGHBOURS or common.sum() < COMMON_DAYS:
            continue
        middle, own = np.nanmedian(others[:, common], axis=0), rain[one, common]
        if not middle.any():
            continue
        ratio = float(own.sum() / middle.sum())
        correlation = float(np.corrcoef(np.sqrt(own), np.sqrt(middle))[0, 1]) if own.any() else 0.0
        if correlation < LEAST_CORRELATION or not LEAST_RATIO <= ratio <= LARGEST_RATIO:
            yield Finding(
                check="",
                severity="warning",
                message=f"rain is {ratio:.2f} times the median of {len(near)} neighbours, with a correlation of "
                f"{correlation:.2f} of daily sums",
                advice="take the rain of a neighbour or of a weather radar instead",
                cluster=overview.names[one],
                evidence=correlation if correlation < LEAST_CORRELATION else ratio,
                unit="correlation" if correlation < LEAST_CORRELATION else "ratio",
            )


def _neighbours(overview: Overview, rain: np.ndarray, one: int) -> list[int]:
    """Find the other gauges around one; without coordinates all gauges of a network are neighbours."""
    gauges = _distinct(rain)
    away = great_circle(
        overview.latitude[one], overview.longitude[one], overview.latitude[gauges], overview.longitude[gauges]
    )
    return [g for g, d in zip(gauges, away, strict=True) if g != one and not d > NEIGHBOURS]


def _distinct(rain: np.ndarray) -> list[int]:
    """Keep one cluster of those that have the same gauge."""
    kept: list[int] = []
    for cluster, sums in enumerate(rain):
        if not np.isfinite(sums).any():
            continue
        same = (np.nanmax(np.abs(rain[other] - sums), initial=0.0) < SAME_GAUGE for other in kept)
        if not any(same):
            kept.append(cluster)
    return kept
