"""Checks of sensors beside their siblings: copies, clocks that differ, and cables that were exchanged."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.limits import SOIL_MOISTURE
from thetamix.quality.checks.clock_checks import lagged_response
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import ClusterRecord
from thetamix.quality.flags.rolling import noise_sd

SAME = 1e-6  # [m3 m-3]
IDENTICAL = 0.99  # share of equal readings
LEAST_COMMON = 100
LARGEST_RISE = 0.1  # [m3 m-3] so that single events do not decide
LEAST_RISE = 0.002  # [m3 m-3]
LAG_HOURS = 48.0  # within which siblings' clocks are compared
LEAST_LAG = 3.0  # [h] a wetting front may reach one probe an hour or two later
LEAST_LAG_STEPS = 2
LEAST_LAGS = 10  # [steps] to each side
LEAST_RISES = 12  # of a sensor, and of its siblings, while both are there
MATCHED = 0.4  # [1] correlation of the rises with those of the siblings at the lag
CLEARER = 2.0  # times the agreement at any other lag that is not beside it
EXCHANGED = 0.04  # [m3 m-3] sensors nearer to each other than this cannot be told apart
EXCHANGED_NOISE = 8.0  # times the noise of the sensors
EXCHANGE_MATCH = 0.25  # [1] of the distance: how near each comes to where the other was
EXCHANGE_DAYS = 2.0  # [d] a service may last
EXCHANGE_READINGS = 10  # before and after
EXCHANGE_RATIO = 3.0  # of the distances before and after, which change with the seasons


@partial(Check, "warning", "% equal", "one of them is a copy: check the columns in the mapping")
def copied_sensors(cluster: ClusterRecord) -> Iterator[Finding]:
    """Sensors of one cluster that are one sensor, imported twice."""
    for number, sensor in enumerate(cluster.sensors):
        for other in cluster.sensors[number + 1 :]:
            common = np.isfinite(sensor.values) & np.isfinite(other.values)
            if common.sum() < LEAST_COMMON or np.ptp(sensor.values[common]) < SAME:
                continue
            share = float((np.abs(sensor.values[common] - other.values[common]) < SAME).mean())
            if share >= IDENTICAL:
                wording = f"{sensor.title} and {other.title} read the same at {share:.1%} of their common times"
                yield sensor.finding(wording, 100 * share)


@partial(Check, "warning", "h", "check the clock of its logger", subject="clocks of replicates")
def unsynchronised_replicates(cluster: ClusterRecord) -> Iterator[Finding | Unchecked]:
    """Replicates that respond hours before or after their siblings: a logger with another clock."""
    depth, hours = cluster.topsoil, cluster.time.hours
    if depth is None:
        yield Unchecked("no sensor near the surface")
        return
    present = np.flatnonzero(np.isfinite(cluster.readings[depth]).any(axis=-1))
    if present.size < 2:
        yield Unchecked("no siblings")
        return
    rises = _rises(cluster.readings[depth][present])
    most = max(round(LAG_HOURS / hours), LEAST_LAGS)
    compared = False
    for number, replicate in enumerate(present):
        lag = _lag(rises[number], np.delete(rises, number, axis=0), most)
        compared |= lag is not None
        if lag is not None and abs(lag) >= max(LEAST_LAG_STEPS, LEAST_LAG / hours):
            yield cluster.finding(
                f"replicate {cluster.labels[replicate]} responds {abs(lag) * hours:g} h "
                f"{'after' if lag > 0 else 'before'} its siblings",
                lag * hours,
                depth=depth,
                replicate=int(replicate),
            )
    if not compared:
        yield Unchecked("no clear rises of siblings")


def _rises(readings: np.ndarray) -> np.ndarray:
    """Return the rises that stand out of the noise (replicate, time) [m3 m-3], 0 elsewhere; NaN where not read."""
    least, most = SOIL_MOISTURE
    sound = np.where((readings < least) | (readings > most), np.nan, readings)
    change = np.diff(sound, prepend=np.nan)
    clear = change > np.maximum(LEAST_RISE, 4 * noise_sd(sound))
    return np.where(np.isfinite(change), clear * np.minimum(change, LARGEST_RISE), np.nan)


def _lag(rises: np.ndarray, siblings: np.ndarray, most: int) -> int | None:
    """Return how many steps a sensor's rises lag behind its siblings'; None where that is not certain."""
    others = np.where(np.isfinite(siblings).any(axis=0), np.nansum(siblings, axis=0), np.nan)
    common = np.isfinite(rises) & np.isfinite(others)
    own, others = np.where(common, rises, 0.0), np.where(common, others, 0.0)
    if min(np.count_nonzero(own), np.count_nonzero(others)) < LEAST_RISES:
        return None
    lags = np.arange(-most, most + 1)
    agreement = lagged_response(own, others, lags)
    agreement /= np.linalg.norm(own) * np.linalg.norm(others)
    # What is left over all lags is chance.
    agreement -= np.median(agreement)
    peak = int(agreement.argmax())
    # Waves of a day agree at more than one lag.
    elsewhere = np.delete(agreement, np.arange(max(peak - 1, 0), min(peak + 2, lags.size)))
    clear = agreement[peak] > max(MATCHED, CLEARER * elsewhere.max())
    return int(lags[peak]) if clear else None


@partial(
    Check,
    "warning",
    "m3 m-3",
    "were cables exchanged at a service? Then name the sensors by time: `from` and `to` in the table of sensors",
)
def exchanged_cables(cluster: ClusterRecord) -> Iterator[Finding]:
    """Two sensors of a cluster of which each goes on where the other ended: cables that were exchanged."""
    noise = noise_sd(cluster.readings)[..., 0]
    leaping = [
        sensor
        for sensor in cluster.sensors
        if (np.abs(np.diff(sensor.values[np.isfinite(sensor.values)])) > EXCHANGED / 2).any()
    ]
    for number, sensor in enumerate(leaping):
        for other in leaping[number + 1 :]:
            loud = EXCHANGED_NOISE * max(noise[sensor.depth, sensor.replicate], noise[other.depth, other.replicate])
            days = round(EXCHANGE_DAYS * cluster.time.per_day) or 1
            for step, before, after in _exchanges(sensor.values, other.values, max(EXCHANGED, loud), days):
                yield sensor.finding(
                    f"{sensor.title} and {other.title} ({cluster.depths[other.depth]:g} m) exchange their levels: "
                    f"{before[0]:.2f} and {before[1]:.2f} m3 m-3 before, {after[0]:.2f} and {after[1]:.2f} after",
                    abs(before[0] - before[1]),
                    steps=np.array([step, step]),
                )


def _exchanges(
    sensor: np.ndarray, other: np.ndarray, least: float, longest: int
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Find the steps from which on two sensors (time) read what the other read, with the levels before and after."""
    steps = np.flatnonzero(np.isfinite(sensor) & np.isfinite(other))
    pair = np.stack([sensor[steps], other[steps]])
    apart = pair[0] - pair[1]
    if not ((apart > least / 2).any() and (apart < -least / 2).any()):
        return []
    candidates: list[int] = []
    # The reading at the exchange itself may be a mean of both.
    for ahead in (1, 2):
        before, after = pair[:, :-ahead], pair[:, ahead:]
        apart = np.abs(before[0] - before[1])
        turned = (np.abs(after - before[::-1]) < EXCHANGE_MATCH * apart).all(axis=0) & (apart >= least)
        turned &= steps[ahead:] - steps[:-ahead] <= longest + ahead
        candidates += [
            int(at) for at in np.flatnonzero(turned) + ahead if not any(abs(at - k) < 3 for k in candidates)
        ]
    candidates.sort()
    edges = [0, *candidates, steps.size]
    exchanges = []
    for begin, at, end in zip(edges[:-2], candidates, edges[2:], strict=True):
        levels = [np.median(pair[:, part], axis=1) for part in (slice(begin, at - 1), slice(at, end))]
        if min(at - 1 - begin, end - at) < EXCHANGE_READINGS:
            return []  # to and fro: a loose contact
        first, then = (level[0] - level[1] for level in levels)
        if (
            first * then < 0
            and 1 / EXCHANGE_RATIO < abs(first / then) < EXCHANGE_RATIO
            and min(abs(first), abs(then)) >= least
        ):
            exchanges.append((int(steps[at]), *levels))
    return exchanges if len(exchanges) == len(candidates) else []
