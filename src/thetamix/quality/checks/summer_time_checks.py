"""Checks of loggers that keep summer time: an hour that clocks leave out, soil that answers rain an hour later."""

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from thetamix.quality.checks.clock_checks import clear_rises, lagged_response, prominence, rain_weight, response_lags
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord
from thetamix.quality.flags.rolling import runs
from thetamix.system.clock_switches import switches_between

HOUR = np.timedelta64(1, "h")
CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
SPRING = {1: (2, 3, 4, 5), -1: (8, 9, 10, 11, 12)}  # months, north and south of the equator
SAY_ZONE = "local time with summer time? Say its `timezone` in the mapping instead of utc_offset, and import again"
NEAR = 2.0  # [h] between a zone's standard time and the sun's
#: Chance that an hour that is missing by accident is one of those that clocks leave out: near a place, and anywhere.
CHANCE_NEAR, CHANCE_ANYWHERE = 0.005, 0.04
LARGEST_CHANCE = 0.05
#: Named first where zones have the same rule.
WELL_KNOWN = (
    *("Europe/Berlin", "Europe/London", "Europe/Helsinki", "America/New_York", "America/Chicago", "America/Denver"),
    *("America/Los_Angeles", "America/Halifax", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland"),
)
#: Days of the year on which the north has summer time and the south has not, and the other way round.
NORTHERN, SOUTHERN = (98, 263), (312, 66)
LEAST_EVENTS = 10  # hours with rises in each half of the year
STANDS_OUT = 8.0  # robust standard deviations of the response at all lags
RESPONSE = (-6, 12)  # [h] of the soil behind the rain: the curve that is compared
#: One less the likeness (cosine) of the curves of both halves: with an hour between them they must be alike, and more
#: so by this factor than without. Between the halves the soil's own lag changes, too, by a third of an hour or so.
LARGEST_UNLIKENESS, UNLIKELY = 0.1, 2.0
#: A few clusters may be unlike by chance; where there are many, this share of them must say the same as their sum.
FEW, UNLIKELY_OF_FEW, AGREE = 3, 5.0, 0.3


#: A zone, the offset that was taken off its local time, and whether a step was put on: what was done to stamps.
Way = tuple[str, np.timedelta64, bool]


@dataclass(frozen=True)
class _Skipped:
    """Hours that clocks leave out in some years, and the stamps that are missing for it, by what was done to them.

    Attributes
    ----------
    ways
        (way).
    way
        Number of each stamp's way (stamp).
    first
        The first missing stamp (stamp), ``datetime64[s]``.
    month, before
        Of the skipped hour: its month, and the offset of the zone's standard time [h] (stamp).
    """

    ways: list[Way]
    way: np.ndarray
    first: np.ndarray
    month: np.ndarray
    before: np.ndarray


@partial(Check, "warning", "switches", SAY_ZONE, source="the IANA time zone database", shared=True)
def skipped_hour(cluster: ClusterRecord) -> Iterator[Finding]:
    """An hour without readings or weather when clocks go forward: the stamps are local time with summer time."""
    if cluster.time.hours > 1:
        return
    soil = np.isfinite(cluster.readings).any(axis=(0, 1))
    weather = {name: np.isfinite(values) for name, values in cluster.forcing.items()}
    for name, present in {"soil moisture": soil, **weather}.items():
        match = _skipped(present, cluster)
        if match is not None:
            zone, gaps, switches = match
            yield cluster.finding(
                f"{name} lacks the hour that clocks leave out in spring, as in {zone}, at {gaps.size} of {switches} "
                "such days",
                gaps.size,
                steps=gaps,
            )
            return


def _skipped(present: np.ndarray, cluster: ClusterRecord) -> tuple[str, np.ndarray, int] | None:
    """Find the zone whose clocks explain gaps of an hour, their steps (gap), and how many there could be."""
    time, placed = cluster.time, np.isfinite(cluster.longitude)
    gaps = runs(~present)
    gaps = gaps[(gaps[:, 1] - gaps[:, 0] == round(1 / time.hours)) & (gaps[:, 0] > 0) & (gaps[:, 1] < present.size)]
    if not gaps.size:
        return None
    by_accident = len(gaps) * (CHANCE_NEAR if placed else CHANCE_ANYWHERE)
    skipped, near = _near_hours(cluster)
    way, first = skipped.way[near], skipped.first[near]
    at = np.searchsorted(time.stamps, first.astype("datetime64[ns]"))
    within = (at > 0) & (at < present.size)
    hit = within & np.isin(at, gaps[:, 0]) & (time.stamps[at.clip(max=present.size - 1)] == first)
    hits = np.bincount(way[hit], minlength=len(skipped.ways))
    against = np.bincount(way[within & present[at.clip(max=present.size - 1)]], minlength=len(skipped.ways))
    best: tuple[tuple[float, ...], str, np.ndarray, int] | None = None
    for number in np.flatnonzero(hits > against).tolist():
        if hits[number] == 1 and by_accident > LARGEST_CHANCE:
            continue
        zone, offset, late = skipped.ways[number]
        away = round(abs(offset / HOUR - cluster.longitude / 15)) if placed else 0
        rank = WELL_KNOWN.index(zone) if zone in WELL_KNOWN else len(WELL_KNOWN)
        order = (-int(hits[number]), away, late, rank)
        if best is None or order < best[0]:
            best = (order, zone, at[hit & (way == number)], int(hits[number] + against[number]))
    return None if best is None else best[1:]


def _near_hours(cluster: ClusterRecord) -> tuple[_Skipped, np.ndarray]:
    """Return the hours that clocks leave out in the years of a record, and which of them loggers near it can lack."""
    first, last = (int(str(stamp)[:4]) for stamp in cluster.time.stamps[[0, -1]])
    skipped = _skipped_hours(first, last, round(cluster.time.hours * 3600))
    months = SPRING.get(int(np.sign(np.nan_to_num(cluster.latitude))), range(1, 13))
    near = ~(np.abs(skipped.before - cluster.longitude / 15) > NEAR) & np.isin(skipped.month, list(months))
    return skipped, np.flatnonzero(near)


@cache
def _skipped_hours(first: int, last: int, step_seconds: int) -> _Skipped:
    """Find all hours that clocks leave out in some years, by the zones that the computer has."""
    numbers: dict[Way, int] = {}
    rows = []
    for name in sorted(zoneinfo.available_timezones()):
        if name.partition("/")[0] not in CONTINENTS:
            continue
        rule = switches_between(name, first, last)
        begins, offsets = rule.before.astype("datetime64[s]"), rule.offsets.astype("timedelta64[s]")
        for at in np.flatnonzero(np.diff(offsets) == HOUR):
            begin, before = begins[at], offsets[at]
            # What may have been done to local time: nothing, an offset taken off, a step put on.
            for offset in dict.fromkeys((np.timedelta64(0, "s"), before, offsets[at + 1])):
                for late in (False, True):
                    way = numbers.setdefault((name, offset, late), len(numbers))
                    stamp = begin - offset + np.timedelta64(step_seconds, "s") * int(late)
                    rows.append((way, stamp, begin.astype("datetime64[M]").astype(int) % 12 + 1, before / HOUR))
    table = np.array(rows, dtype=[("way", int), ("first", "datetime64[s]"), ("month", int), ("before", float)])
    return _Skipped(list(numbers), *(table[column] for column in table.dtype.names or ()))


def responses_by_half(cluster: ClusterRecord) -> np.ndarray:
    """Return how strongly shallow sensors rise at lags behind the rain, April to September and November to March.

    Returns
    -------
    numpy.ndarray
        (half, lag), each of length 1; empty where that cannot be said.
    """
    hours, rain = cluster.time.hours, cluster.forcing.get("precipitation")
    if cluster.topsoil is None or rain is None or hours > 1:
        return np.empty((0, 0))
    rise, weight = clear_rises(cluster.readings[cluster.topsoil]), rain_weight(rain)
    middle = cluster.time.middle.astype("datetime64[D]")
    day = (middle - middle.astype("datetime64[Y]")).astype(int) + 1
    halves = (day >= NORTHERN[0]) & (day <= NORTHERN[1]), (day >= SOUTHERN[0]) | (day <= SOUTHERN[1])
    lags = np.round(response_lags(hours) / hours).astype(int)
    near = (lags * hours >= RESPONSE[0]) & (lags * hours <= RESPONSE[1])
    responses = []
    for half in halves:
        own = np.where(half, rise, 0.0)
        response = lagged_response(own, weight, lags)
        above = (response - np.median(response))[near]
        if not above.any() or np.count_nonzero(own) < LEAST_EVENTS or prominence(response) < STANDS_OUT:
            return np.empty((0, 0))
        responses.append(above / np.linalg.norm(above))
    return np.array(responses)


@partial(
    Check,
    "warning",
    "h",
    SAY_ZONE,
    keep=responses_by_half,
    subject="summer time in the response to rain",
)
def summer_response(network: NetworkRecord, responses: list[np.ndarray]) -> Iterator[Finding | Unchecked]:
    """Soil that answers rain an hour later, or earlier, in a half of the year: only one of both keeps summer time."""
    judged = [response for response in responses if response.size]
    if not judged:
        long = network.time.hours > 1
        yield Unchecked(
            f"a step of {network.time.hours:g} h"
            if long
            else "no rain that shallow sensors clearly answer in both seasons"
        )
        return
    hour = round(1 / network.time.hours)
    apart = np.array([_hours_apart(halves, hour, UNLIKELY) for halves in judged])
    together = _hours_apart(np.sum(judged, axis=0), hour, UNLIKELY if len(judged) >= FEW else UNLIKELY_OF_FEW)
    if together and (apart == together).mean() >= AGREE:
        yield Finding(
            message=f"soil moisture rises an hour {'later' if together > 0 else 'earlier'} after the rain in April "
            "to September than in November to March",
            evidence=together,
        )


def _hours_apart(halves: np.ndarray, hour: int, factor: float) -> int:
    """Return 1 where the first of two responses (half, lag) is the other an hour later, -1 where earlier; else 0."""
    summer, winter = halves / np.linalg.norm(halves, axis=1, keepdims=True)
    earlier, same, later = (1 - float(np.roll(winter, lag) @ summer) for lag in (-hour, 0, hour))
    unlike = min(later, earlier)
    if unlike > LARGEST_UNLIKENESS or same < factor * unlike:
        return 0
    return 1 if later < earlier else -1
