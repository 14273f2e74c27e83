"""Checks of forcing: what is missing, what cannot be, totals that were never differenced, rain in a wrong unit."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.plausibility import cannot_be, tally
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.rain_checks import RISE, risen_days
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord
from thetamix.weather.plausible import implausible_weather

LEAST_MISSING, MUCH_MISSING = 0.001, 0.10  # shares of steps
LEAST_RISES = 20  # of a total, in steps or in days
FALLS = 0.1  # times the rises: a total falls where it is reset, rain as often as it rises
TREMBLES = 0.05  # [1] of the total
LEAST_STORMS = 10  # days on which soil got wetter and it rained
LARGEST_GAIN = 0.8  # of the rain: what the soil above a sensor takes up, the median of days; 0.05 to 0.4 is usual


def missing_shares(cluster: ClusterRecord) -> dict[str, float]:
    """Return the share of steps without a value of each forcing variable."""
    return {name: 1 - float(np.isfinite(values).mean()) for name, values in cluster.forcing.items()}


@partial(
    Check,
    "warning",
    "% missing",
    "windows with a missing step are not used: fill it, take other weather, or declare it optional",
    keep=missing_shares,
)
def missing_forcing(network: NetworkRecord, shares: list[dict[str, float]]) -> Iterator[Finding]:
    """Forcing that is missing at a part of the steps."""
    for name in shares[0]:
        missing = np.array([share[name] for share in shares])
        missing[missing == 1] = 0  # is told by another check
        at = int(missing.argmax())
        if missing[at] > LEAST_MISSING:
            many = int((missing > MUCH_MISSING).sum())
            wording = f"{name} is missing at {missing[at]:.1%} of the steps of {network.names[at]}"
            if many > 1:
                wording += f", and at more than {MUCH_MISSING:.0%} of {many} of {missing.size} clusters"
            yield Finding(message=wording, evidence=100 * missing[at], severity="warning" if many else "note")


@partial(Check, "warning", "", "leave it out of inputs.forcing, or import the right column", shared=True)
def constant_forcing(cluster: ClusterRecord) -> Iterator[Finding]:
    """Forcing that never changes, or is missing throughout, at one cluster."""
    for name, values in cluster.forcing.items():
        there = values[np.isfinite(values)]
        if not there.size:
            advice = "fill it, or leave it out of inputs.forcing"
            yield cluster.finding(f"{name} is missing throughout", 100, advice=advice, unit="% missing")
        elif there.size > 1 and np.ptp(there) == 0:
            yield cluster.finding(f"{name} has the same value, {there[0]:.3g}, at all steps", there[0])


@partial(Check, "warning", "values", "mark codes as missing, or correct the unit, and import again", shared=True)
def impossible_forcing(cluster: ClusterRecord) -> Iterator[Finding]:
    """Forcing that was never measured on Earth, or has a wrong unit or clock."""
    step = np.timedelta64(round(cluster.time.hours * 3600), "s")
    odd = set()
    for name, values in cluster.forcing.items():
        bad = np.flatnonzero(cannot_be(name, values, step))
        # What other checks tell better.
        bad = bad[np.isfinite(values[bad]) & ~((name == "air_temperature") & (values[bad] > 0))]
        if bad.size and name != "precipitation":
            odd.add(name)
            yield cluster.finding(f"{name} cannot be {tally(values[bad])}", bad.size, steps=bad)
    for name, why in implausible_weather(cluster.source):
        if name not in odd:
            yield cluster.finding(f"{name}: {why}", 1)


@partial(
    Check,
    "error",
    "rises",
    "it is a running total: import it with `kind: counter`, so that its differences count",
    shared=True,
)
def running_total(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding]:
    """Precipitation that grows and grows, and falls only where it is reset: a total since the gauge was emptied."""
    if _restarts_daily(cluster, precipitation):  # is told by another check
        return
    daily = cluster.daily(precipitation)
    for values, trembling in ((precipitation, False), (daily, True)):
        there = values[np.isfinite(values)]
        change = np.diff(there)
        rises, falls = int((change > 0).sum()), int((change < 0).sum())
        if rises < LEAST_RISES:
            continue
        # A weighing gauge trembles and dries: from day to day that is little beside its total, and rain is not.
        little = trembling and np.median(np.abs(change)) < TREMBLES * np.median(there)
        if little or falls <= FALLS * rises:
            wording = f"precipitation rises {rises} times and falls {falls} times, as a running total does"
            yield cluster.finding(wording, rises)
            return


def _restarts_daily(cluster: ClusterRecord, values: np.ndarray) -> bool:
    falls = np.flatnonzero(np.diff(values) < 0) + 1
    hours = cluster.time.stamps[falls].astype("datetime64[h]").astype(np.int64) % 24
    return falls.size >= LEAST_RISES and np.unique(hours).size == 1 and cluster.time.hours < 12


@partial(
    Check,
    "warning",
    "times the rain",
    "check the unit of the rain (inch, cm?), or whether the plot is irrigated",
    subject="amount of rain",
)
def less_rain_than_gained(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Soil that takes up as much water as fell, or more: rain in inches or centimetres taken for millimetres."""
    if cluster.topsoil is None:
        yield Unchecked("no sensor near the surface")
        return
    risen, around = risen_days(cluster, cluster.topsoil, precipitation)
    storms = risen & (around > 0)
    if storms.sum() < LEAST_STORMS:
        yield Unchecked("too few rises with rain")
        return
    daily = cluster.daily_readings[cluster.topsoil]
    daily = daily[np.isfinite(daily).any(axis=1)]
    change = np.diff(daily, axis=-1, prepend=np.nan)[:, storms]
    gained = np.nanmedian(np.maximum(change, RISE), axis=0) * cluster.depths[cluster.topsoil] * 1000
    ratio = float(np.median(gained / around[storms]))
    if ratio > LARGEST_GAIN:
        wording = f"the soil above the topmost sensors takes up {ratio:.1f} times the rain of {storms.sum()} days"
        yield cluster.finding(wording, ratio, depth=cluster.topsoil)
