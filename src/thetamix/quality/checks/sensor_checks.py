"""Checks of sensors: those that read nothing, nonsense, always the same, or what another one reads."""

from collections.abc import Iterator

import numpy as np

from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.location import Place
from thetamix.quality.flags.rolling import runs

# [m3 m-3] Beyond, no mineral soil; a little below zero is the calibration of a sound sensor.
LEAST_LEVEL, LARGEST_LEVEL = -0.08, 0.70
LEAST_SHARE = 0.001
LEAST_HOURS = 24.0
MANY_NEGATIVE = 0.30  # [1] share of readings; some below zero are the offset of a sound sensor in dry sand
STUCK_DAYS = 30.0
COARSE, COARSE_DAYS = 0.3, 90.0  # [1] share of readings that repeat the one before: rounding does that; [d]
SAME = 1e-6  # [m3 m-3]
LEAST_READINGS = 20
JUMP = 0.10  # [m3 m-3] in a day, downwards: water does not leave soil so fast below the topsoil
JUMPS = 3  # and once a year
IDENTICAL = 0.99  # share of equal readings
LEAST_COMMON = 100
LAG_HOURS = 24.0  # within which siblings' clocks are compared
LEAST_LAG = 3.0  # [h] a wetting front may reach one probe an hour or two later
LEAST_LAG_STEPS = 2
SHALLOW = 0.15  # [m]
CLEARER = 2.0  # times the agreement without a lag


def empty_sensors(place: Place) -> Iterator[Finding]:
    """Sensors with a name but no reading."""
    known = np.isfinite(place.readings).any(axis=-1)
    named = np.char.str_len(place.sensors) > 0
    for depth, replicate in np.argwhere(named & ~known):
        yield place.finding(
            "note",
            f"sensor {place.sensors[depth, replicate]} has no reading",
            "check the source, or leave the sensor out",
            evidence=0,
            unit="readings",
            depth=int(depth),
            replicate=int(replicate),
        )


def not_physical(place: Place) -> Iterator[Finding]:
    """Series that go where no soil goes: far below zero, or above any porosity of mineral soil."""
    for depth, replicate, values in place.each_sensor():
        known = np.isfinite(values)
        outside = (values < LEAST_LEVEL) | (values > LARGEST_LEVEL)
        share = outside.sum() / known.sum()
        if share < LEAST_SHARE or outside.sum() * place.clock.hours < LEAST_HOURS:
            continue
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        yield place.finding(
            "warning",
            f"{_sensor(place, depth, replicate)} reads {low:.2f} to {high:.2f} m3 m-3, {share:.1%} of it outside "
            f"{LEAST_LEVEL:g} to {LARGEST_LEVEL:g}",
            "leave the sensor out, or reject C01 and C02",
            evidence=low if low < LEAST_LEVEL else high,
            unit="m3 m-3",
            depth=depth,
            replicate=replicate,
            steps=np.flatnonzero(outside),
        )


def negative_readings(place: Place) -> Iterator[Finding]:
    """Readings below zero: dry soil under a calibration that does not fit it."""
    for depth, replicate, values in place.each_sensor():
        negative = values < 0
        share = negative.sum() / np.isfinite(values).sum()
        if share < LEAST_SHARE:
            continue
        yield place.finding(
            "warning" if share > MANY_NEGATIVE else "note",
            f"{share:.1%} of the readings of {_sensor(place, depth, replicate)} are negative",
            "reject C01 (`thetamix qc` sets it), and check the sensor's calibration",
            evidence=100 * share,
            unit="% of readings",
            depth=depth,
            replicate=replicate,
            steps=np.flatnonzero(negative),
        )


def stuck_sensors(place: Place) -> Iterator[Finding]:
    """Sensors that repeat one reading for a month or longer."""
    for depth, replicate, values in place.each_sensor():
        change = np.abs(np.diff(values))
        same = runs(change < SAME)
        length = same[:, 1] - same[:, 0] + 1
        if not length.size:
            continue
        others = np.isfinite(change).sum() - length.max()
        coarse = (change < SAME).sum() - length.max() > COARSE * others
        days = COARSE_DAYS if coarse else STUCK_DAYS
        if length.max() < max(round(days * place.clock.per_day), LEAST_READINGS):
            continue
        first, last = same[length.argmax()]
        yield place.finding(
            "warning",
            f"{_sensor(place, depth, replicate)} repeats {values[first]:.3f} m3 m-3 for "
            f"{length.max() / place.clock.per_day:.0f} days",
            "check the logger; S03 marks it where siblings move",
            evidence=length.max() / place.clock.per_day,
            unit="d",
            depth=depth,
            replicate=replicate,
            steps=np.array([first, last]),
        )


def jumping_sensors(place: Place) -> Iterator[Finding]:
    """Sensors whose daily means fall again and again by more than water can leave in a day."""
    for depth, replicate, _ in place.each_sensor():
        change = np.diff(place.daily_readings[depth, replicate])
        falls = np.flatnonzero(change < -JUMP)
        if falls.size < max(JUMPS, place.clock.years):
            continue
        ends = np.searchsorted(place.clock.day, falls + 1, side="left")
        yield place.finding(
            "warning",
            f"{_sensor(place, depth, replicate)} falls by more than {JUMP:g} m3 m-3 in a day {falls.size} times, "
            f"by up to {-np.nanmin(change):.2f}",
            "look at the series: a loose contact or a broken cable jumps like this",
            evidence=falls.size,
            unit="falls",
            depth=depth,
            replicate=replicate,
            steps=ends,
        )


def missing_readings(place: Place) -> Iterator[Finding]:
    """How much is missing, and the longest time without any reading."""
    known = np.isfinite(place.readings)
    ever = known.any(axis=-1)
    if not ever.any():
        yield place.finding(
            "note",
            "no sensor has a reading",
            "leave the cluster out, or check the names of its sensors in the mapping",
            evidence=100,
            unit="% missing",
        )
        return
    missing = 1 - known[ever].mean()
    silent = runs(~known.any(axis=(0, 1)))
    longest = silent[(silent[:, 1] - silent[:, 0]).argmax()] if silent.size else None
    if missing > LEAST_SHARE:
        days = 0.0 if longest is None else (longest[1] - longest[0]) / place.clock.per_day
        silence = f"; these {days:.0f} days are the longest without any" if days >= 1 else ""
        yield place.finding(
            "note",
            f"{missing:.0%} of all readings are missing{silence}",
            "nothing to do where this is known",
            evidence=100 * missing,
            unit="% missing",
            steps=None if longest is None or days < 1 else np.array([longest[0], longest[1] - 1]),
        )


def copied_sensors(place: Place) -> Iterator[Finding]:
    """Sensors of one cluster that are one sensor, imported twice."""
    sensors = list(place.each_sensor())
    for number, (depth, replicate, values) in enumerate(sensors):
        for other_depth, other, others in sensors[number + 1 :]:
            common = np.isfinite(values) & np.isfinite(others)
            if common.sum() < LEAST_COMMON or np.ptp(values[common]) < SAME:
                continue
            share = float((np.abs(values[common] - others[common]) < SAME).mean())
            if share >= IDENTICAL:
                yield place.finding(
                    "warning",
                    f"{_sensor(place, depth, replicate)} and {_sensor(place, other_depth, other)} read the same at "
                    f"{share:.1%} of their common times",
                    "one of them is a copy: check the columns in the mapping",
                    evidence=100 * share,
                    unit="% equal",
                    depth=depth,
                    replicate=replicate,
                )


def unsynchronised_replicates(place: Place) -> Iterator[Finding]:
    """Replicates that respond hours before or after their siblings: a logger with another clock."""
    depth = place.shallowest
    if depth is None or place.depths[depth] > SHALLOW:
        return
    present = np.flatnonzero(np.isfinite(place.readings[depth]).any(axis=-1))
    rises = np.clip(np.nan_to_num(np.diff(place.readings[depth][present], prepend=np.nan)), 0, JUMP)
    most = max(round(LAG_HOURS / place.clock.hours), LEAST_LAG_STEPS + 1)
    lags = np.arange(-most, most + 1)
    for one, replicate in enumerate(present):
        others = np.delete(rises, one, axis=0).sum(axis=0)
        agreement = np.array([_lagged(rises[one], others, int(lag)) for lag in lags])
        if not agreement.max() > 0:
            continue
        # What is left over all lags is noise.
        agreement -= np.median(agreement)
        peak = int(agreement.argmax())
        lag = int(lags[peak])
        if (
            abs(lag) >= max(LEAST_LAG_STEPS, LEAST_LAG / place.clock.hours)
            and agreement[peak] > CLEARER * agreement[most]
        ):
            yield place.finding(
                "warning",
                f"replicate {place.labels[replicate]} responds {abs(lag) * place.clock.hours:g} h "
                f"{'after' if lag > 0 else 'before'} its siblings",
                "check the clock of its logger",
                evidence=lag * place.clock.hours,
                unit="h",
                depth=depth,
                replicate=int(replicate),
            )


def _lagged(one: np.ndarray, others: np.ndarray, lag: int) -> float:
    return float(one[max(lag, 0) : one.size + min(lag, 0)] @ others[max(-lag, 0) : one.size - max(lag, 0)])


def _sensor(place: Place, depth: int, replicate: int) -> str:
    name = place.sensors[depth, replicate]
    return f"sensor {name}" if name else f"replicate {place.labels[replicate]}"
