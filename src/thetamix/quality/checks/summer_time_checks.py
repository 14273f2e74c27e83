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


@dataclass(frozen=True)
class Skipped:
    """An hour that clocks of a zone leave out: its begin by their own time, and their offsets before and after."""

    zone: str
    begin: np.datetime64
    before: np.timedelta64
    after: np.timedelta64

    def stamps(self, step: np.timedelta64) -> dict[tuple[str, np.timedelta64, bool], np.datetime64]:
        """Return the first missing stamp by what was done to it: the offset taken off, and a step put on or not."""
        offsets = {np.timedelta64(0, "s"), self.before, self.after}
        return {
            (self.zone, offset, late): self.begin - offset + step * int(late)
            for offset in offsets
            for late in (False, True)
        }


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
    whole = (gaps[:, 1] - gaps[:, 0] == round(1 / time.hours)) & (gaps[:, 0] > 0) & (gaps[:, 1] < present.size)
    steps = {time.stamps[step].astype("datetime64[s]"): step for step in gaps[whole, 0]}
    if not steps:
        return None
    by_accident = len(steps) * (CHANCE_NEAR if placed else CHANCE_ANYWHERE)
    best: tuple[tuple[float, ...], str, np.ndarray, int] | None = None
    for (zone, offset, late), stamps in _missing_stamps(cluster).items():
        hits = np.array([steps[stamp] for stamp in stamps if stamp in steps], dtype=int)
        at = np.searchsorted(time.stamps, np.array(stamps).astype("datetime64[ns]"))
        against = int(present[at[(at > 0) & (at < present.size)]].sum())
        if hits.size <= against or (hits.size == 1 and by_accident > LARGEST_CHANCE):
            continue
        away = round(abs(offset / HOUR - cluster.longitude / 15)) if placed else 0
        rank = WELL_KNOWN.index(zone) if zone in WELL_KNOWN else len(WELL_KNOWN)
        order = (-hits.size, away, late, rank)
        if best is None or order < best[0]:
            best = (order, zone, hits, hits.size + against)
    return None if best is None else best[1:]


def _missing_stamps(cluster: ClusterRecord) -> dict[tuple[str, np.timedelta64, bool], list[np.datetime64]]:
    """Return the stamps that a logger in each zone near a cluster never has, by what may have been done to them."""
    step = np.timedelta64(round(cluster.time.hours * 3600), "s")
    first, last = (int(str(stamp)[:4]) for stamp in cluster.time.stamps[[0, -1]])
    months = SPRING.get(int(np.sign(np.nan_to_num(cluster.latitude))), range(1, 13))
    stamps: dict[tuple[str, np.timedelta64, bool], list[np.datetime64]] = {}
    for skipped in _skipped_hours(first, last):
        near = not abs(skipped.before / HOUR - cluster.longitude / 15) > NEAR
        if near and int(str(skipped.begin)[5:7]) in months:
            for how, stamp in skipped.stamps(step).items():
                stamps.setdefault(how, []).append(stamp)
    return stamps


@cache
def _skipped_hours(first: int, last: int) -> tuple[Skipped, ...]:
    """Find all hours that clocks leave out in some years, by the zones that the computer has."""
    skipped = []
    for name in sorted(zoneinfo.available_timezones()):
        if name.partition("/")[0] not in CONTINENTS:
            continue
        rule = switches_between(name, first, last)
        begins, offsets = rule.before.astype("datetime64[s]"), rule.offsets.astype("timedelta64[s]")
        forward = np.flatnonzero(np.diff(offsets) == HOUR)
        skipped += [Skipped(name, begins[at], offsets[at], offsets[at + 1]) for at in forward]
    return tuple(skipped)


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
