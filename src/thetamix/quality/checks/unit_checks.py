"""Checks of units and of what was done to values before they came here."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.network.limits import (
    COLDEST_MEDIAN,
    LARGEST_FRACTION,
    LEAST_KELVIN,
    POSSIBLE,
    YEARLY_SUMS,
)
from thetamix.network.unit_change import unit_changes
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import ClusterRecord, SensorRecord

UNITS = "units of the network file"
LARGEST_PERCENT = 100.0
LEAST_RESETS = 20  # falls of an accumulated sum that are enough to see their hour
SAME_HOUR = 0.98  # share of the falls at one hour of the day; ERA5-Land: all of them
GROWING = 0.98  # share of the other steps that do not fall
REPEATED = 0.9  # share of days on which all values are the same
LEAST_DAYS = 20
HOURS_A_YEAR = 8766.0
LEAST_MEDIAN = 0.01  # [m3 m-3] of a record: drier than a desert's
HUNDREDTH = 30.0  # times its siblings' median and more: a factor of a hundred, and the spread between places


@partial(Check, "error", "m3 m-3", "divide by 100", source=UNITS)
def percent_or_counts(sensor: SensorRecord) -> Iterator[Finding]:
    """Soil moisture that is no fraction: percent, or the raw counts of a logger."""
    median = np.nanmedian(sensor.values)
    wording = f"soil moisture has a median of {median:.3g}: "
    if median > LARGEST_PERCENT:
        advice = "apply the sensor's calibration before the import"
        yield sensor.finding(wording + "raw counts", median, advice=advice)
    elif median > LARGEST_FRACTION:
        yield sensor.finding(wording + "percent", median)


@partial(
    Check,
    "warning",
    "m3 m-3",
    "multiply by 100, if the sensor gives fractions where the others give percent",
)
def hundredths(cluster: ClusterRecord) -> Iterator[Finding]:
    """Soil moisture far below its siblings': a sensor in fractions, divided by 100 with others in percent."""
    medians = [(sensor, np.nanmedian(sensor.values)) for sensor in cluster.sensors]
    for sensor, median in medians:
        siblings = [level for other, level in medians if other is not sensor and other.depth == sensor.depth]
        if siblings and 0 < median < LEAST_MEDIAN and np.median(siblings) > HUNDREDTH * median:
            wording = f"soil moisture has a median of {median:.3g}, its siblings {np.median(siblings):.3g}"
            yield sensor.finding(wording, median)


@partial(
    Check,
    "warning",
    "m3 m-3",
    "import the two parts of its record from two files, each a table with its unit",
)
def change_of_unit(sensor: SensorRecord) -> Iterator[Finding]:
    """Soil moisture that goes to a hundredth or a hundred times of itself on a date: percent, then fractions."""
    for step in unit_changes(sensor.values):
        before = sensor.values[:step][np.isfinite(sensor.values[:step])][-1]
        after = sensor.values[step]
        what = "percent before, fractions" if after < before else "fractions before, percent"
        wording = f"{sensor.title} goes from {before:.3g} to {after:.3g} m3 m-3: {what} from then on"
        yield sensor.finding(wording, after, steps=np.array([step, step]))


@partial(Check, "error", "values", "mark missing values as NaN", source=UNITS)
def infinite_values(cluster: ClusterRecord) -> Iterator[Finding]:
    """Readings or forcing that are infinite: a division by zero, or a fill value."""
    for name, values in {"soil_moisture": cluster.readings, **cluster.forcing}.items():
        infinite = np.isinf(values)
        if infinite.any():
            steps = np.flatnonzero(infinite.reshape(-1, values.shape[-1]).any(axis=0))
            yield cluster.finding(f"{name} is infinite", infinite.sum(), steps=steps)


@partial(
    Check,
    "error",
    "steps",
    "mark missing values as NaN; sums that restart must be differenced without the restart",
    source=UNITS,
    shared=True,
)
def negative_rain(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding]:
    """Precipitation below zero: a fill value, or differences of an accumulated sum across its reset."""
    negative = np.flatnonzero(precipitation < 0)
    if negative.size:
        wording = f"precipitation is negative, down to {np.nanmin(precipitation):.3g} mm h-1"
        yield cluster.finding(wording, negative.size, steps=negative)


@partial(
    Check,
    "error",
    "degC",
    "convert to degC, mark broken values as NaN",
    source=UNITS,
    shared=True,
)
def kelvin(cluster: ClusterRecord, air_temperature: np.ndarray) -> Iterator[Finding]:
    """Air temperature that is not in degC: kelvin or degF, or taken for them."""
    if not np.isfinite(air_temperature).any():
        return
    median = np.nanmedian(air_temperature)
    wording = f"air temperature has a median of {median:.0f}"
    if median < COLDEST_MEDIAN:
        yield cluster.finding(
            f"{wording}: converted from kelvin though it was none, or fill values",
            median,
            advice="correct its unit in the mapping and import again, mark fill values as NaN",
        )
    beyond = np.flatnonzero(air_temperature > POSSIBLE["air_temperature"][1])
    if beyond.size:
        in_kelvin = median > LEAST_KELVIN
        yield cluster.finding(
            f"{wording} and a maximum of {np.nanmax(air_temperature):.0f}: "
            + ("kelvin" if in_kelvin else "degF, or broken values"),
            np.nanmax(air_temperature),
            steps=beyond,
            advice="subtract 273.15" if in_kelvin else "",
        )


@partial(
    Check,
    "error",
    "% of falls",
    "difference the sums within each day before the import",
    source="ERA5-Land: accumulations from 00 UTC",
    shared=True,
)
def accumulated_rain(cluster: ClusterRecord, precipitation: np.ndarray) -> Iterator[Finding]:
    """Precipitation that grows through the day and restarts: the accumulation of ERA5-Land left in."""
    if cluster.time.hours >= 12:
        return
    change = np.diff(precipitation)
    raining = np.isfinite(change) & ((precipitation[1:] > 0) | (precipitation[:-1] > 0))
    falls = raining & (change < 0)
    if falls.sum() < LEAST_RESETS:
        return
    hour = cluster.time.stamps[1:].astype("datetime64[h]").astype(np.int64) % 24
    often = np.bincount(hour[falls], minlength=24)
    reset = int(often.argmax())
    share = often[reset] / falls.sum()
    other = raining & (hour != reset)
    growing = float((change[other] >= 0).mean()) if other.any() else 0.0
    # Sums that are spread evenly over their day change only from day to day, too, but never grow in it.
    if (change[other] > 0).sum() < falls.sum():
        return
    if share >= SAME_HOUR and growing >= GROWING:
        wording = (
            f"precipitation grows through the day and falls back only at {reset:02d} UTC, as accumulated sums do"
        )
        yield cluster.finding(wording, 100 * share)


@partial(
    Check,
    "warning",
    "% of days",
    "use values of the network's step, or a network of daily steps",
    shared=True,
)
def repeated_daily_values(cluster: ClusterRecord) -> Iterator[Finding]:
    """Daily sums spread evenly over the steps of the day: the model sees no time of day in them."""
    per_day = round(cluster.time.per_day)
    if per_day < 4:
        return
    for name in ("potential_evapotranspiration", "precipitation"):
        values = cluster.forcing.get(name)
        if values is None:
            continue
        # Days may begin at any hour: of all beginnings the one at which most days are constant.
        shares = []
        for begin in range(per_day):
            days = values[begin : begin + (values.size - begin) // per_day * per_day].reshape(-1, per_day)
            days = days[np.isfinite(days).all(axis=1) & (days > 0).any(axis=1)]
            same = np.ptp(days, axis=1) <= 1e-3 * days.max(axis=1) if len(days) >= LEAST_DAYS else np.zeros(1)
            shares.append(float(same.mean()))
        if max(shares) >= REPEATED:
            wording = f"{name} is the same at all steps of {max(shares):.0%} of the days that have any"
            yield cluster.finding(wording, 100 * max(shares))


@partial(Check, "warning", "mm a-1", "check its unit: the network holds rates in mm h-1", shared=True)
def yearly_sums(cluster: ClusterRecord) -> Iterator[Finding]:
    """Yearly sums of water that no climate has: mm a step taken for mm h-1, metres, inches."""
    for name, (least, most) in YEARLY_SUMS.items():
        values = cluster.forcing.get(name)
        if values is None or np.isfinite(values).sum() * cluster.time.hours < HOURS_A_YEAR / 2:
            continue
        yearly = float(np.nanmean(values)) * HOURS_A_YEAR
        if not least <= yearly <= most:
            yield cluster.finding(f"{name} sums up to {yearly:.3g} mm in a year", yearly)
