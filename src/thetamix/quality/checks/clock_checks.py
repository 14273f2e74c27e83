"""Checks of clocks: that the forcing keeps the sun's time, and that the soil responds when it rains.

Clock errors come by whole hours: local time taken for UTC, stamps of the begin of an interval taken for its end.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import SHALLOW, ClusterRecord, NetworkRecord
from thetamix.quality.flags.rolling import MAD_TO_SD, noise_sd
from thetamix.weather.solar import solar_time

SUN = "FAO-56, equations 31-33: the sun's clock"
LONGEST_STEP = 3.0  # [h] at which the time of day can be seen
LEAST_DAYS = 20
CLEAR_SHARE = 0.25  # of the days: the brightest of each season are clear, and symmetric about noon
RADIATION_NOON = (12.0, 0.7)  # [h] of the sun's clock, and how far off a clock must be
#: Penman-Monteith lags behind the sun, for the air is driest in the afternoon.
PET_NOON = (12.4, 0.75)
#: The first harmonic of air temperature is highest some three hours after noon, earlier at the sea and on mountains;
#: wide enough for any climate, our choice.
WARMEST = (14.5, 2.5)
#: Depth over which the daily wave of temperature falls to 1/e [m]: the root of 2 k / w, with a diffusivity k of
#: 0.5e-6 m2 s-1 of moist mineral soil and the daily angular frequency w. Its phase is a radian late there.
DAMPING_DEPTH = 0.12
SOIL_BEFORE_AIR, SOIL_AFTER_AIR = -3.0, 4.0  # [h] around the lag of the damped wave; below SHALLOW it is too weak
NORTHERN_SUMMER, SOUTHERN_SUMMER = (5, 6, 7, 8, 9), (12, 1, 2)  # months: whoever has summer time has it then
SUMMER_TIME = 0.7  # [h]
LEAST_OF_A_MONTH = 5  # bright days
LAGS = (-24.0, 48.0)  # [h] of the soil behind the rain that are looked at
EARLIEST, LATEST = -1.0, 4.0  # [h] a shallow sensor responds in the hour of the rain or the next
LEAST_STRENGTH = 8.0  # a peak must stand out of the other lags by this many of their robust standard deviations
LARGEST_RISE = 0.1  # [m3 m-3] so that single events do not decide
HOURS_A_RADIAN = 12 / np.pi

STAMPS = "check utc_offset and whether stamps are those of the begin or the end of the interval"


@partial(Check, "warning", "h", STAMPS, source=SUN, shared=True, subject="clock of radiation")
def radiation_clock(cluster: ClusterRecord, shortwave_radiation: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Global radiation must be symmetric about the sun's noon on bright days (FAO-56 equations 31-33)."""
    yield from _off_noon(cluster, "shortwave_radiation", shortwave_radiation, *RADIATION_NOON)


@partial(
    Check,
    "warning",
    "h",
    "the logger keeps summer time: take it off before the import",
    source=SUN,
    shared=True,
)
def summer_time(cluster: ClusterRecord, shortwave_radiation: np.ndarray) -> Iterator[Finding]:
    """Radiation must keep the same clock in all seasons: summer time left in moves it by an hour."""
    harmonics = _daily_harmonics(cluster, shortwave_radiation, brightest=True)
    hour = {number: _noon(waves) for number, waves in harmonics.items() if waves.size >= LEAST_OF_A_MONTH}
    northern, southern = (
        [hour[month] for month in months if month in hour] for months in (NORTHERN_SUMMER, SOUTHERN_SUMMER)
    )
    if not northern or not southern:
        return
    moved = _around(float(np.median(northern)) - float(np.median(southern)))
    if abs(moved) > SUMMER_TIME:
        yield cluster.finding(
            f"global radiation is {abs(moved):.1f} h {'later' if moved > 0 else 'earlier'} in May to September "
            "than in December to February",
            moved,
        )


@partial(Check, "warning", "h", STAMPS, source=SUN, shared=True, subject="clock of PET")
def pet_clock(cluster: ClusterRecord, potential_evapotranspiration: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Potential evapotranspiration of bright days must be centred soon after the sun's noon."""
    yield from _off_noon(cluster, "potential_evapotranspiration", potential_evapotranspiration, *PET_NOON)


@partial(Check, "warning", "h", STAMPS, source=SUN, shared=True, subject="clock of air temperature")
def temperature_clock(cluster: ClusterRecord, air_temperature: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Air must be warmest in the afternoon by the sun's clock: local time taken for UTC shows here."""
    harmonics = _daily_harmonics(cluster, air_temperature)
    if not harmonics:
        yield Unchecked(_why_no_time_of_day(cluster))
        return
    hour = (12 + np.angle(_sum(harmonics)) * HOURS_A_RADIAN) % 24
    usual, tolerance = WARMEST
    off = _around(hour - usual)
    if abs(off) > tolerance:
        yield cluster.finding(
            f"air temperature has its daily wave's maximum at {hour:.1f} h by the sun's clock, expected "
            f"{usual - tolerance:g} to {usual + tolerance:g} h",
            off,
            advice=f"the forcing's clock seems {abs(off):.0f} h {_late(off)}: give the right utc_offset at the "
            "import, or check the longitude",
        )


@partial(
    Check,
    "warning",
    "h",
    "forcing and soil seem to keep different clocks: check the utc_offset of each table",
    source="conduction of the daily wave of temperature",
    shared=True,
)
def soil_temperature_phase(cluster: ClusterRecord, air_temperature: np.ndarray) -> Iterator[Finding]:
    """Soil must warm some hours after the air; otherwise forcing and soil keep different clocks."""
    if cluster.soil_temperature is None:
        return
    above = _daily_harmonics(cluster, air_temperature)
    for depth in np.flatnonzero(cluster.depths <= SHALLOW):
        soil = _daily_harmonics(cluster, cluster.soil_temperature[depth])
        if not above or not soil:
            continue
        behind = _around(np.angle(_sum(soil) * np.conj(_sum(above))) * HOURS_A_RADIAN)
        usual = cluster.depths[depth] / DAMPING_DEPTH * HOURS_A_RADIAN
        if not usual + SOIL_BEFORE_AIR <= behind <= usual + SOIL_AFTER_AIR:
            yield cluster.finding(
                f"soil temperature is {behind:.1f} h behind air temperature, about {usual:.1f} h are expected at "
                "this depth",
                behind - usual,
                depth=int(depth),
            )


def response_to_rain(cluster: ClusterRecord) -> np.ndarray:
    """Measure how strongly the shallowest sensors rise at each lag behind the rain.

    Returns
    -------
    numpy.ndarray
        Sum over the record of rise times the root of the rain (lag), so that neither large storms nor large rises
        decide alone; empty where rain or shallow readings are missing, or the record is shorter than the lags.
    """
    depth, rain = cluster.topsoil, cluster.forcing.get("precipitation")
    lags = np.round(response_lags(cluster.time.hours) / cluster.time.hours).astype(int)
    if depth is None or rain is None or rain.size <= lags.size:
        return np.empty(0)
    strengths = lagged_response(clear_rises(cluster.readings[depth]), rain_weight(rain), lags)
    return strengths if strengths.max() > 0 else np.empty(0)


def clear_rises(readings: np.ndarray) -> np.ndarray:
    """Add the rises of replicates (replicate, time) that stand out of their noise (time) [m3 m-3]."""
    change = np.diff(readings, prepend=np.nan)
    rises = (change > np.maximum(0.002, 4 * noise_sd(readings))) * np.minimum(change, LARGEST_RISE)
    rise: np.ndarray = np.nansum(rises, axis=0)
    return rise


def rain_weight(rain: np.ndarray) -> np.ndarray:
    """Return the root of rain (time); stuck gauges and broken units are other checks' business."""
    weight: np.ndarray = np.sqrt(np.clip(np.nan_to_num(rain, posinf=0.0), 0, None))
    return weight


def lagged_response(rise: np.ndarray, weight: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Sum rise times rain (time) at each lag [steps] of the rises behind the rain (lag)."""
    both = np.maximum(rise.size - np.abs(lags), 0)  # steps that have both, none in a record shorter than the lag
    return np.array(
        [
            float(rise[max(lag, 0) :][:size] @ weight[max(-lag, 0) :][:size])
            for lag, size in zip(lags, both, strict=True)
        ]
    )


@partial(
    Check,
    "warning",
    "h",
    "check the clock of this cluster's logger and of its rain",
    keep=response_to_rain,
    subject="response of the soil to rain",
)
def rain_response(network: NetworkRecord, responses: list[np.ndarray]) -> Iterator[Finding | Unchecked]:
    """Shallow sensors must respond when it rains, not hours before or after."""
    hours = network.time.hours
    lags = response_lags(hours)
    strengths = {name: r for name, r in zip(network.names, responses, strict=True) if r.size}
    clear = {name: r for name, r in strengths.items() if prominence(r) > LEAST_STRENGTH}
    if not clear:
        yield Unchecked("no rain that shallow sensors clearly answer")
        return
    least, most = EARLIEST if hours <= 1 else 0.0, max(LATEST, hours)
    peaks = {name: float(lags[r.argmax()]) for name, r in clear.items()}
    apart = {name: lag for name, lag in peaks.items() if not least <= lag <= most}
    if apart and len(apart) > len(peaks) / 2:
        together = float(lags[np.sum([r / r.max() for r in strengths.values()], axis=0).argmax()])
        yield Finding(
            message=f"soil moisture rises {together:g} h after the rain at {len(apart)} of {len(peaks)} clusters, "
            f"expected {least:g} to {most:g} h",
            evidence=together,
            advice="forcing and soil seem to keep different clocks: check utc_offset and stamp of each table",
        )
        return
    for name, lag in apart.items():
        yield Finding(
            message=f"soil moisture rises {lag:g} h after the rain, expected {least:g} to {most:g} h",
            evidence=lag,
            cluster=name,
        )


def response_lags(step_hours: float) -> np.ndarray:
    """Return the lags of the soil behind the rain (lag) [h], at least three steps to each side."""
    first, last = (round(lag / step_hours) for lag in LAGS)
    return np.arange(min(first, -3), max(last, 3) + 1) * step_hours


def prominence(strength: np.ndarray) -> float:
    """Return how many robust standard deviations the peak of a response (lag) stands above its median."""
    middle = np.median(strength)
    scale = MAD_TO_SD * np.median(np.abs(strength - middle))
    return float((strength.max() - middle) / scale) if scale > 0 else np.inf


def _sum(harmonics: dict[int, np.ndarray]) -> complex:
    return complex(sum(waves.sum() for waves in harmonics.values()))


def _off_noon(
    cluster: ClusterRecord, name: str, values: np.ndarray, noon: float, tolerance: float
) -> Iterator[Finding | Unchecked]:
    harmonics = _daily_harmonics(cluster, values, brightest=True)
    if not harmonics:
        yield Unchecked(_why_no_time_of_day(cluster))
        return
    hour = _noon(np.concatenate(list(harmonics.values())))
    off = _around(hour - noon)
    if abs(off) > max(tolerance, cluster.time.hours / 2):
        yield cluster.finding(
            f"{name} of bright days is centred at {hour % 24:.1f} h by the sun's clock, expected {noon:g} h",
            off,
            advice=f"its clock seems {abs(off):.1f} h {_late(off)}: {STAMPS}",
        )


def _noon(harmonics: np.ndarray) -> float:
    """Return the hour about which days are centred."""
    # The median around the mean: angles go round, and a single hazy day must not decide.
    mean = np.angle(harmonics.sum())
    angle = mean + np.median(np.angle(harmonics * np.exp(-1j * mean)))
    return float(12 + angle * HOURS_A_RADIAN)


def _daily_harmonics(cluster: ClusterRecord, values: np.ndarray, *, brightest: bool = False) -> dict[int, np.ndarray]:
    """Return the first harmonic of each whole day by the sun's clock, complex, by month (1 to 12) an array (day).

    Of the brightest days of each month alone, where these are asked for. Empty where the time of day cannot be seen.
    """
    time = cluster.time
    if not np.isfinite(cluster.longitude) or time.hours > LONGEST_STEP:
        return {}
    _, angle = solar_time(np.asarray(cluster.longitude), time.middle)
    local = time.middle + np.timedelta64(round(cluster.longitude / 15 * 3600), "s")
    day = local.astype("datetime64[D]").astype(np.int64)
    day -= day[0]
    present = np.isfinite(values)
    count = np.bincount(day, weights=present)
    total = np.bincount(day, weights=np.where(present, values, 0.0))
    whole = count >= 0.95 * time.per_day
    if whole.sum() < LEAST_DAYS:
        return {}
    # The mean is taken off: an incomplete day would carry it into the wave.
    apart = np.where(present, values - (total / np.maximum(count, 1))[day], 0.0)
    wave: np.ndarray = np.bincount(day, weights=apart * np.cos(angle)) + 1j * np.bincount(
        day, weights=apart * np.sin(angle)
    )
    month = (local[0].astype("datetime64[D]") + np.arange(day[-1] + 1)).astype("datetime64[M]").astype(np.int64)
    month = month % 12 + 1
    harmonics = {}
    for number in np.unique(month[whole]):
        mask = whole & (month == number)
        if brightest:
            mask[mask] &= total[mask] >= np.quantile(total[mask], 1 - CLEAR_SHARE)
            mask &= total > 0
        if np.abs(wave[mask]).any():
            harmonics[int(number)] = wave[mask]
    return harmonics


def _why_no_time_of_day(cluster: ClusterRecord) -> str:
    """Say why the hours of the day cannot be seen: what :func:`_daily_harmonics` needs."""
    if cluster.time.hours > LONGEST_STEP:
        return f"a step of {cluster.time.hours:g} h"
    return f"fewer than {LEAST_DAYS} whole days" if np.isfinite(cluster.longitude) else "no coordinates"


def _around(hours: float) -> float:
    """Bring a difference of hours into -12 to 12."""
    return float((hours + 12) % 24 - 12)


def _late(hours: float) -> str:
    return "late" if hours > 0 else "early"
