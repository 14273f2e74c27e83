"""Checks of sensors: those that read nothing, nonsense, always the same, or what another one reads."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.limits import SOIL_MOISTURE
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import ClusterRecord, SensorRecord
from thetamix.quality.flags.rolling import runs

DORIGO = "Dorigo et al. 2013, doi:10.2136/vzj2012.0097: "
LEAST_SHARE = 0.001
LEAST_HOURS = 24.0
NEVER = (-0.3, 1.0)  # [m3 m-3] a single reading beyond is a code or a fault
NAMED = 3  # of such readings
MANY_NEGATIVE = 0.30  # [1] share of readings; some below zero are the offset of a sound sensor in dry sand
STUCK_DAYS = 30.0
COARSE, COARSE_DAYS = 0.3, 90.0  # [1] share of readings that repeat the one before: rounding does that; [d]
SAME = 1e-6  # [m3 m-3]
LEAST_READINGS = 20
JUMP = 0.10  # [m3 m-3] in a day, downwards: water does not leave soil so fast below the topsoil
JUMPS = 3  # and once a year
SHARED = 0.5  # [1] of such a fall: where siblings fall by so much, water drains after heavy rain


@partial(Check, "note", "readings", "check the source, or leave the sensor out")
def empty_sensors(cluster: ClusterRecord) -> Iterator[Finding]:
    """Sensors with a name but no reading."""
    named = np.char.str_len(cluster.sensor_names) > 0
    for depth, replicate in np.argwhere(named & ~np.isfinite(cluster.readings).any(axis=-1)):
        sensor = SensorRecord(cluster, int(depth), int(replicate))
        yield sensor.finding(f"{sensor.title} has no reading", 0)


def _rejecting(sensor: SensorRecord, flags: str, steps: np.ndarray) -> str:
    """Say how to be rid of readings: flags that nobody has set reject nothing."""
    set_first = (
        "" if sensor.cluster.flagged(sensor.depth, sensor.replicate, steps) else "set flags with `thetamix qc` and "
    )
    return f"{set_first}reject {flags}"


@partial(Check, "warning", "m3 m-3", "mark the readings as missing", source=DORIGO + "C01, C02")
def not_physical(sensor: SensorRecord) -> Iterator[Finding]:
    """Series that go where no soil goes: far below zero, or above what its soil can hold."""
    values, least, most = sensor.values, SOIL_MOISTURE[0], sensor.cluster.upper_limit
    outside = np.flatnonzero((values < least) | (values > most))
    share = outside.size / np.isfinite(values).sum()
    if share >= LEAST_SHARE and outside.size * sensor.cluster.time.hours >= LEAST_HOURS:
        low, high = np.nanmin(values), np.nanmax(values)
        wording = (
            f"{sensor.title} reads {low:.2f} to {high:.2f} m3 m-3, {share:.1%} of it outside {least:g} to {most:g}"
        )
        advice = f"leave the sensor out, or {_rejecting(sensor, 'C01 and C02', outside)}"
        if low >= least:
            advice += "; soil that holds more, as peat does, has a limit of its own: `thetamix qc --upper`"
        yield sensor.finding(wording, low if low < least else high, steps=outside, advice=advice)
        return
    lost = np.flatnonzero((values < NEVER[0]) | (values > NEVER[1]))
    if lost.size:
        stamps = (np.datetime_as_string(sensor.cluster.time.stamps[step], "m") for step in lost[:NAMED])
        named = ", ".join(f"{values[step]:g} at {stamp}" for step, stamp in zip(lost, stamps, strict=False))
        more = f" and {lost.size - NAMED} more" if lost.size > NAMED else ""
        advice = f"list such a code under missing in the mapping, or {_rejecting(sensor, 'C01 and C02', lost)}"
        yield sensor.finding(
            f"{sensor.title} reads {named}{more} [m3 m-3], which no soil does",
            values[lost[0]],
            steps=lost,
            advice=advice,
        )


@partial(
    Check,
    "warning",
    "% of readings",
    "check the sensor's calibration",
    source=DORIGO + "C01",
)
def negative_readings(sensor: SensorRecord) -> Iterator[Finding]:
    """Readings below zero: dry soil under a calibration that does not fit it."""
    negative = np.flatnonzero(sensor.values < 0)
    share = negative.size / np.isfinite(sensor.values).sum()
    if share >= LEAST_SHARE:
        wording = f"{share:.1%} of the readings of {sensor.title} are negative"
        severity = "warning" if share > MANY_NEGATIVE else "note"
        advice = f"{_rejecting(sensor, 'C01', negative)}, and check the sensor's calibration"
        yield sensor.finding(wording, 100 * share, steps=negative, severity=severity, advice=advice)


@partial(Check, "warning", "d", "check the logger; S03 marks it where siblings move")
def stuck_sensors(sensor: SensorRecord) -> Iterator[Finding]:
    """Sensors that repeat one reading for a month or longer."""
    values, per_day = sensor.values, sensor.cluster.time.per_day
    change = np.abs(np.diff(values))
    same = runs(change < SAME)
    if not same.size:
        return
    length = same[:, 1] - same[:, 0] + 1
    others = np.isfinite(change).sum() - length.max()
    coarse = (change < SAME).sum() - length.max() > COARSE * others
    days = COARSE_DAYS if coarse else STUCK_DAYS
    if length.max() >= max(round(days * per_day), LEAST_READINGS):
        steps, days = same[length.argmax()], length.max() / per_day
        yield sensor.finding(
            f"{sensor.title} repeats {values[steps[0]]:.3f} m3 m-3 for {days:.0f} days", days, steps=steps
        )


@partial(Check, "warning", "falls", "look at the series: a loose contact or a broken cable jumps like this")
def jumping_sensors(sensor: SensorRecord) -> Iterator[Finding]:
    """Sensors whose daily means fall, and their siblings' not, again and again by more than water leaves in a day."""
    time = sensor.cluster.time
    changes = np.diff(sensor.cluster.daily_readings[sensor.depth])
    change, siblings = changes[sensor.replicate], np.delete(changes, sensor.replicate, axis=0)
    alone = ~(siblings < -SHARED * JUMP).any(axis=0)
    falls = np.flatnonzero((change < -JUMP) & alone)
    if falls.size >= max(JUMPS, time.years):
        yield sensor.finding(
            f"{sensor.title} falls by more than {JUMP:g} m3 m-3 in a day {falls.size} times, "
            f"by up to {-np.nanmin(change):.2f}",
            falls.size,
            steps=np.searchsorted(time.day, falls + 1, side="left"),
        )


@partial(Check, "note", "% missing", "nothing to do where this is known")
def missing_readings(cluster: ClusterRecord) -> Iterator[Finding]:
    """How much is missing, and the longest time without any reading."""
    present = np.isfinite(cluster.readings)
    ever = present.any(axis=-1)
    if not ever.any():
        advice = "leave the cluster out, or check the names of its sensors in the mapping"
        yield cluster.finding("no sensor has a reading", 100, advice=advice)
        return
    missing = 1 - present[ever].mean()
    silent = runs(~present.any(axis=(0, 1)))
    days, silence, steps = 0.0, "", None
    if silent.size:
        first, last = silent[(silent[:, 1] - silent[:, 0]).argmax()]
        days = (last - first) / cluster.time.per_day
    if days >= 1:
        silence, steps = f"; these {days:.0f} days are the longest without any", np.array([first, last - 1])
    if missing > LEAST_SHARE:
        yield cluster.finding(f"{missing:.0%} of all readings are missing{silence}", 100 * missing, steps=steps)
