"""Checks of clocks: that the forcing keeps the sun's time, and that the soil responds when it rains.

Clock errors come by whole hours: local time taken for UTC, stamps of the begin of an interval taken for its end.
"""

from collections.abc import Iterator

import numpy as np

from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.location import Overview, Place
from thetamix.quality.flags.rolling import noise_sd
from thetamix.weather.solar import solar_time

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
SOIL_BEFORE_AIR, SOIL_AFTER_AIR = -3.0, 4.0  # [h] around the lag of the damped wave
DEEPEST_WAVE = 0.15  # [m] below, the daily wave is too weak
NORTHERN_SUMMER, SOUTHERN_SUMMER = (5, 6, 7, 8, 9), (12, 1, 2)  # months: whoever has summer time has it then
SUMMER_TIME = 0.7  # [h]
LEAST_OF_A_MONTH = 5  # bright days
LAGS = (-24.0, 48.0)  # [h] of the soil behind the rain that are looked at
EARLIEST, LATEST = -1.0, 4.0  # [h] a shallow sensor responds in the hour of the rain or the next
SHALLOW = 0.15  # [m]
LEAST_STRENGTH = 8.0  # a peak must stand out of the other lags by this many of their robust standard deviations
LARGEST_RISE = 0.1  # [m3 m-3] so that single events do not decide


def radiation_clock(place: Place) -> Iterator[Finding]:
    """Global radiation must be symmetric about the sun's noon on bright days (FAO-56 equations 31-33)."""
    yield from _off_noon(place, "shortwave_radiation", *RADIATION_NOON)


def summer_time(place: Place) -> Iterator[Finding]:
    """Radiation must keep the same clock in all seasons: summer time left in moves it by an hour."""
    harmonics = _daily_harmonics(place, place.forcing.get("shortwave_radiation"), brightest=True)
    if harmonics is None:
        return
    hour = {number: _noon(waves) for number, waves in harmonics.items() if waves.size >= LEAST_OF_A_MONTH}
    northern, southern = (
        [hour[month] for month in months if month in hour] for months in (NORTHERN_SUMMER, SOUTHERN_SUMMER)
    )
    if not northern or not southern:
        return
    moved = _around(float(np.median(northern)) - float(np.median(southern)))
    if abs(moved) > SUMMER_TIME:
        yield place.finding(
            "warning",
            f"global radiation is {abs(moved):.1f} h {'later' if moved > 0 else 'earlier'} in May to September "
            "than in December to February",
            "the logger keeps summer time: take it off before the import",
            evidence=moved,
            unit="h",
        )


def pet_clock(place: Place) -> Iterator[Finding]:
    """Potential evapotranspiration of bright days must be centred soon after the sun's noon."""
    yield from _off_noon(place, "potential_evapotranspiration", *PET_NOON)


def temperature_clock(place: Place) -> Iterator[Finding]:
    """Air must be warmest in the afternoon by the sun's clock: local time taken for UTC shows here."""
    harmonics = _daily_harmonics(place, place.forcing.get("air_temperature"))
    if harmonics is None:
        return
    hour = (12 + np.angle(_sum(harmonics)) * 12 / np.pi) % 24
    off = _around(hour - WARMEST[0])
    if abs(off) > WARMEST[1]:
        yield place.finding(
            "warning",
            f"air temperature has its daily wave's maximum at {hour:.1f} h by the sun's clock, expected "
            f"{WARMEST[0] - WARMEST[1]:g} to {WARMEST[0] + WARMEST[1]:g} h",
            f"the forcing's clock seems {abs(off):.0f} h {'late' if off > 0 else 'early'}: give the right utc_offset "
            "at the import, or check the longitude",
            evidence=off,
            unit="h",
        )


def soil_temperature_phase(place: Place) -> Iterator[Finding]:
    """Soil must warm some hours after the air; otherwise forcing and soil keep different clocks."""
    if place.soil_temperature is None:
        return
    air = _daily_harmonics(place, place.forcing.get("air_temperature"))
    for depth in np.flatnonzero(place.depths <= DEEPEST_WAVE):
        soil = _daily_harmonics(place, place.soil_temperature[depth])
        if air is None or soil is None:
            continue
        behind = _around(np.angle(_sum(soil) * np.conj(_sum(air))) * 12 / np.pi)
        usual = place.depths[depth] / DAMPING_DEPTH * 12 / np.pi
        if not usual + SOIL_BEFORE_AIR <= behind <= usual + SOIL_AFTER_AIR:
            yield place.finding(
                "warning",
                f"soil temperature is {behind:.1f} h behind air temperature, about {usual:.1f} h are expected at "
                "this depth",
                "forcing and soil seem to keep different clocks: check the utc_offset of each table",
                evidence=behind - usual,
                unit="h",
                depth=int(depth),
            )


def rain_response(overview: Overview) -> Iterator[Finding]:
    """Shallow sensors must respond when it rains, not hours before or after."""
    lags = response_lags(overview.clock.hours)
    strengths = [(n, r) for n, r in zip(overview.names, overview.responses, strict=True) if r.size]
    if not strengths:
        return
    least, most = _expected_lags(overview.clock.hours)
    peaks = {
        name: float(lags[strength.argmax()]) for name, strength in strengths if _prominence(strength) > LEAST_STRENGTH
    }
    apart = {name: lag for name, lag in peaks.items() if not least <= lag <= most}
    together = float(lags[np.sum([r / r.max() for _, r in strengths if r.max() > 0] or [0.0], axis=0).argmax()])
    if apart and len(apart) > len(peaks) / 2:
        yield Finding(
            check="",
            severity="warning",
            message=f"soil moisture rises {together:g} h after the rain at {len(apart)} of {len(peaks)} clusters, "
            f"expected {least:g} to {most:g} h",
            advice="forcing and soil seem to keep different clocks: check utc_offset and stamp of each table",
            evidence=together,
            unit="h",
        )
        return
    for name, lag in apart.items():
        yield Finding(
            check="",
            severity="warning",
            message=f"soil moisture rises {lag:g} h after the rain, expected {least:g} to {most:g} h",
            advice="check the clock of this cluster's logger and of its rain",
            cluster=name,
            evidence=lag,
            unit="h",
        )


def response_lags(step_hours: float) -> np.ndarray:
    """Give the lags at which the response to rain is measured.

    Parameters
    ----------
    step_hours
        Length of a step [h].

    Returns
    -------
    numpy.ndarray
        Lags of the soil behind the rain (lag) [h], at least three steps to each side.
    """
    first = min(round(LAGS[0] / step_hours), -3)
    last = max(round(LAGS[1] / step_hours), 3)
    return np.arange(first, last + 1) * step_hours


def response_to_rain(place: Place) -> np.ndarray:
    """Measure how strongly the shallowest sensors rise at each lag behind the rain.

    Parameters
    ----------
    place
        The cluster.

    Returns
    -------
    numpy.ndarray
        Sum over the record of rise times the root of the rain (lag), so that neither large storms nor large rises
        decide alone; empty where rain or shallow readings are missing, or the record is shorter than the lags.
    """
    depth, rain = place.shallowest, place.forcing.get("precipitation")
    lags = np.round(response_lags(place.clock.hours) / place.clock.hours).astype(int)
    if depth is None or rain is None or place.depths[depth] > SHALLOW or rain.size <= lags.size:
        return np.empty(0)
    # Stuck gauges and broken units are other checks' business.
    weight = np.sqrt(np.clip(np.nan_to_num(rain, posinf=0.0), 0, None))
    readings = place.readings[depth]
    change = np.diff(readings, prepend=np.nan)
    rises = (change > np.maximum(0.002, 4 * noise_sd(readings))) * np.minimum(change, LARGEST_RISE)
    rise = np.nansum(rises, axis=0)
    strengths = []
    for lag in lags:
        late, early = (
            rise[max(lag, 0) : rise.size + min(lag, 0)],
            weight[max(-lag, 0) : rise.size - max(lag, 0)],
        )
        strengths.append(float(late @ early))
    return np.array(strengths) if max(strengths) > 0 else np.empty(0)


def _expected_lags(step_hours: float) -> tuple[float, float]:
    return min(EARLIEST, 0.0) if step_hours <= 1 else 0.0, max(LATEST, step_hours)


def _prominence(strength: np.ndarray) -> float:
    middle = np.median(strength)
    scale = 1.4826 * np.median(np.abs(strength - middle))
    return float((strength.max() - middle) / scale) if scale > 0 else np.inf


def _sum(harmonics: dict[int, np.ndarray]) -> complex:
    return complex(sum(waves.sum() for waves in harmonics.values()))


def _off_noon(place: Place, name: str, noon: float, tolerance: float) -> Iterator[Finding]:
    harmonics = _daily_harmonics(place, place.forcing.get(name), brightest=True)
    if harmonics is None:
        return
    hour = _noon(np.concatenate(list(harmonics.values())))
    off = _around(hour - noon)
    if abs(off) > max(tolerance, place.clock.hours / 2):
        yield place.finding(
            "warning",
            f"{name} of bright days is centred at {hour % 24:.1f} h by the sun's clock, expected {noon:g} h",
            f"its clock seems {abs(off):.1f} h {'late' if off > 0 else 'early'}: check utc_offset and whether stamps "
            "are those of the begin or the end of the interval",
            evidence=off,
            unit="h",
        )


def _noon(harmonics: np.ndarray) -> float:
    """Give the hour about which days are centred."""
    # The median around the mean: angles go round, and a single hazy day must not decide.
    mean = np.angle(harmonics.sum())
    angle = mean + np.median(np.angle(harmonics * np.exp(-1j * mean)))
    return float(12 + angle * 12 / np.pi)


def _daily_harmonics(
    place: Place, values: np.ndarray | None, *, brightest: bool = False
) -> dict[int, np.ndarray] | None:
    """Give the first harmonic of each whole day by the sun's clock, complex, by month (1 to 12) an array (day).

    Of the brightest days of each month alone, where these are asked for. None where the time of day cannot be seen.
    """
    if values is None or not np.isfinite(place.longitude) or place.clock.hours > LONGEST_STEP:
        return None
    _, angle = solar_time(np.asarray(place.longitude), place.clock.middle)
    local = place.clock.middle + np.timedelta64(round(place.longitude / 15 * 3600), "s")
    day = local.astype("datetime64[D]").astype(np.int64)
    day -= day[0]
    known = np.isfinite(values)
    count = np.bincount(day, weights=known)
    total = np.bincount(day, weights=np.where(known, values, 0.0))
    whole = count >= 0.95 * place.clock.per_day
    if whole.sum() < LEAST_DAYS:
        return None
    # The mean is taken off: an incomplete day would carry it into the wave.
    apart = np.where(known, values - (total / np.maximum(count, 1))[day], 0.0)
    wave: np.ndarray = np.bincount(day, weights=apart * np.cos(angle)) + 1j * np.bincount(
        day, weights=apart * np.sin(angle)
    )
    month = (local[0].astype("datetime64[D]") + np.arange(day[-1] + 1)).astype("datetime64[M]").astype(np.int64)
    month = month % 12 + 1
    result = {}
    for one in np.unique(month[whole]):
        part = whole & (month == one)
        if brightest:
            part[part] &= total[part] >= np.quantile(total[part], 1 - CLEAR_SHARE)
            part &= total > 0
        if np.abs(wave[part]).any():
            result[int(one)] = wave[part]
    return result or None


def _around(hours: float) -> float:
    """Bring a difference of hours into -12 to 12."""
    return float((hours + 12) % 24 - 12)
