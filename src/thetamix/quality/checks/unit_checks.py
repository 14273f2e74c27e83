"""Checks of units and of what was done to values before they came here."""

from collections.abc import Iterator

import numpy as np

from thetamix.network.check import LARGEST_FRACTION, LARGEST_TEMPERATURE
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.location import Place

LARGEST_PERCENT = 100.0
COLDEST_MEDIAN = -60.0  # [degC] of a record; no place on earth has less
COLDEST_MEDIAN_IN_KELVIN = 180.0  # no place on earth is colder in kelvin, none is warmer in degF
LEAST_RESETS = 20  # falls of an accumulated sum that are enough to see their hour
SAME_HOUR = 0.98  # share of the falls at one hour of the day; ERA5-Land: all of them
GROWING = 0.98  # share of the other steps that do not fall
REPEATED = 0.9  # share of days on which all values are the same
LEAST_DAYS = 20
WETTEST = 8000.0  # [mm a-1] wetter than all but a few slopes of the tropics
DRIEST = 5.0  # [mm a-1]
THIRSTIEST, LEAST_THIRSTY = 4000.0, 100.0  # [mm a-1] potential evapotranspiration
HOURS_A_YEAR = 8766.0
LEAST_MEDIAN = 0.01  # [m3 m-3] of a record: drier than a desert's
HUNDREDTH = 30.0  # times its siblings' median and more: a factor of a hundred, and the spread between places
DEEPEST_PROBE = 3.0  # [m] networks are read by roots and rain


def percent_or_counts(place: Place) -> Iterator[Finding]:
    """Soil moisture that is no fraction: percent, or the raw counts of a logger."""
    for depth, replicate, values in place.each_sensor():
        median = float(np.nanmedian(values))
        if median > LARGEST_FRACTION:
            percent = median <= LARGEST_PERCENT
            yield place.finding(
                "error",
                f"soil moisture has a median of {median:.3g}: " + ("percent" if percent else "raw counts"),
                "divide by 100" if percent else "apply the sensor's calibration before the import",
                evidence=median,
                unit="m3 m-3",
                depth=depth,
                replicate=replicate,
            )


def hundredths(place: Place) -> Iterator[Finding]:
    """Soil moisture far below its siblings': a sensor in fractions, divided by 100 with others in percent."""
    medians = {(depth, one): float(np.nanmedian(values)) for depth, one, values in place.each_sensor()}
    for (depth, replicate), median in medians.items():
        siblings = [other for (at, one), other in medians.items() if at == depth and one != replicate]
        if siblings and 0 < median < LEAST_MEDIAN and np.median(siblings) > HUNDREDTH * median:
            yield place.finding(
                "warning",
                f"soil moisture has a median of {median:.3g}, its siblings {np.median(siblings):.3g}",
                "multiply by 100, if the sensor gives fractions where the others give percent",
                evidence=median,
                unit="m3 m-3",
                depth=depth,
                replicate=replicate,
            )


def centimetres(place: Place) -> Iterator[Finding]:
    """Sensors deeper than any are buried: depths in centimetres or decimetres that were taken for metres."""
    there = np.isfinite(place.readings).any(axis=(1, 2))
    deepest = float(np.max(place.depths[there], initial=0.0))
    if deepest > DEEPEST_PROBE:
        yield place.finding(
            "warning",
            f"sensors lie as deep as {deepest:g} m",
            "say in the mapping that depths are in cm, if they are",
            evidence=deepest,
            unit="m",
        )


def infinite_values(place: Place) -> Iterator[Finding]:
    """Readings or forcing that are infinite: a division by zero, or a fill value."""
    for name, values in {"soil_moisture": place.readings, **place.forcing}.items():
        infinite = np.isinf(values)
        if infinite.any():
            steps = np.flatnonzero(infinite.reshape(-1, values.shape[-1]).any(axis=0))
            yield place.finding(
                "error",
                f"{name} is infinite",
                "mark missing values as NaN",
                evidence=infinite.sum(),
                unit="values",
                steps=steps,
            )


def negative_rain(place: Place) -> Iterator[Finding]:
    """Precipitation below zero: a fill value, or differences of an accumulated sum across its reset."""
    rain = place.forcing.get("precipitation")
    if rain is not None and (rain < 0).any():
        yield place.finding(
            "error",
            f"precipitation is negative, down to {np.nanmin(rain):.3g} mm h-1",
            "mark missing values as NaN; sums that restart must be differenced without the restart",
            evidence=(rain < 0).sum(),
            unit="steps",
            steps=np.flatnonzero(rain < 0),
        )


def kelvin(place: Place) -> Iterator[Finding]:
    """Air temperature that is not in degC: kelvin or degF, or taken for them."""
    air = place.forcing.get("air_temperature")
    if air is None or not np.isfinite(air).any():
        return
    median = float(np.nanmedian(air))
    if median < COLDEST_MEDIAN:
        yield place.finding(
            "error",
            f"air temperature has a median of {median:.0f}: converted from kelvin though it was none, or fill values",
            "correct its unit in the mapping and import again, mark fill values as NaN",
            evidence=median,
            unit="degC",
        )
    if not (air > LARGEST_TEMPERATURE).any():
        return
    in_kelvin = median > COLDEST_MEDIAN_IN_KELVIN
    yield place.finding(
        "error",
        f"air temperature has a median of {median:.0f} and a maximum of {np.nanmax(air):.0f}: "
        + ("kelvin" if in_kelvin else "degF, or broken values"),
        "subtract 273.15" if in_kelvin else "convert to degC, mark broken values as NaN",
        evidence=np.nanmax(air),
        unit="degC",
        steps=np.flatnonzero(air > LARGEST_TEMPERATURE),
    )


def accumulated_rain(place: Place) -> Iterator[Finding]:
    """Precipitation that grows through the day and restarts: the accumulation of ERA5-Land left in."""
    rain = place.forcing.get("precipitation")
    if rain is None or place.clock.hours >= 12:
        return
    change = np.diff(rain)
    known = np.isfinite(change) & ((rain[1:] > 0) | (rain[:-1] > 0))
    falls = known & (change < 0)
    if falls.sum() < LEAST_RESETS:
        return
    hour = place.clock.stamps[1:].astype("datetime64[h]").astype(np.int64) % 24
    often = np.bincount(hour[falls], minlength=24)
    reset = int(often.argmax())
    share = often[reset] / falls.sum()
    other = known & (hour != reset)
    growing = float((change[other] >= 0).mean()) if other.any() else 0.0
    # Sums that are spread evenly over their day change only from day to day, too, but never grow in it.
    if (change[other] > 0).sum() < falls.sum():
        return
    if share >= SAME_HOUR and growing >= GROWING:
        yield place.finding(
            "error",
            f"precipitation grows through the day and falls back only at {reset:02d} UTC, as accumulated sums do",
            "difference the sums within each day before the import",
            evidence=100 * share,
            unit="% of falls",
        )


def repeated_daily_values(place: Place) -> Iterator[Finding]:
    """Daily sums spread evenly over the steps of the day: the model sees no time of day in them."""
    per_day = round(place.clock.per_day)
    if per_day < 4:
        return
    for name in ("potential_evapotranspiration", "precipitation"):
        values = place.forcing.get(name)
        if values is None:
            continue
        # Days may begin at any hour: of all beginnings the one at which most days are constant.
        shares = []
        for begin in range(per_day):
            part = values[begin : begin + (values.size - begin) // per_day * per_day].reshape(-1, per_day)
            part = part[np.isfinite(part).all(axis=1) & (part > 0).any(axis=1)]
            same = np.ptp(part, axis=1) <= 1e-3 * part.max(axis=1) if len(part) >= LEAST_DAYS else np.zeros(1)
            shares.append(float(same.mean()))
        if max(shares) >= REPEATED:
            yield place.finding(
                "warning",
                f"{name} is the same at all steps of {max(shares):.0%} of the days that have any",
                "use values of the network's step, or a network of daily steps",
                evidence=100 * max(shares),
                unit="% of days",
            )


def yearly_sums(place: Place) -> Iterator[Finding]:
    """Yearly sums of water that no climate has: mm a step taken for mm h-1, metres, inches."""
    limits = {
        "precipitation": (DRIEST, WETTEST),
        "potential_evapotranspiration": (LEAST_THIRSTY, THIRSTIEST),
    }
    for name, (least, most) in limits.items():
        values = place.forcing.get(name)
        if values is None or np.isfinite(values).sum() * place.clock.hours < HOURS_A_YEAR / 2:
            continue
        yearly = float(np.nanmean(values)) * HOURS_A_YEAR
        if not least <= yearly <= most:
            yield place.finding(
                "warning",
                f"{name} sums up to {yearly:.3g} mm in a year",
                "check its unit: the network holds rates in mm h-1",
                evidence=yearly,
                unit="mm a-1",
            )


def constant_forcing(place: Place) -> Iterator[Finding]:
    """Forcing that never changes, or is missing throughout, at one cluster."""
    for name, values in place.forcing.items():
        known = values[np.isfinite(values)]
        if not known.size:
            yield place.finding(
                "warning",
                f"{name} is missing throughout",
                "fill it, or leave it out of inputs.forcing",
                evidence=100,
                unit="% missing",
            )
        elif known.size > 1 and np.ptp(known) == 0:
            yield place.finding(
                "warning",
                f"{name} has the same value, {known[0]:.3g}, at all steps",
                "leave it out of inputs.forcing, or import the right column",
                evidence=known[0],
                unit="",
            )
