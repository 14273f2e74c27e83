"""Checks of the season: air must be warm when it is summer at the latitude of its cluster."""

import calendar
from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import ClusterRecord

SUMMER, WINTER = 196.0, 13.0  # [d] warmest days of the year in the north and in the south: half July, half January
LEAST_MONTHS = 7
EXTRATROPICS, TROPICS = 15.0, 10.0  # [degrees] of latitude: seasons are told by the sun beyond, and weak within
CLEAR_SEASON = 3.0  # [K] amplitude
TROPICAL_SEASON = 6.0  # [K] amplitude that no place within the tropics has
WRONG_SEASON = 122  # [d] from the warmest day


@partial(
    Check,
    "warning",
    "degrees",
    "check the sign of the latitude, and whether latitude and longitude were exchanged",
    shared=True,
    subject="season and latitude",
)
def wrong_hemisphere(cluster: ClusterRecord, air_temperature: np.ndarray) -> Iterator[Finding | Unchecked]:
    """Air that is warmest in the winter of its latitude, or has seasons where there are none."""
    if not np.isfinite(cluster.latitude):
        yield Unchecked("no coordinates")
        return
    season = _season(cluster, air_temperature)
    if season is None:
        yield Unchecked(f"fewer than {LEAST_MONTHS} months of air temperature")
        return
    warmest, amplitude = season
    where = f"at latitude {cluster.latitude:.2f}"
    expected = SUMMER if cluster.latitude > 0 else WINTER
    away = abs((warmest - expected + 182.6) % 365.25 - 182.6)
    if abs(cluster.latitude) > EXTRATROPICS and amplitude > CLEAR_SEASON and away > WRONG_SEASON:
        month = calendar.month_name[int(warmest // 30.44) % 12 + 1]
        yield cluster.finding(f"air is warmest in {month} {where}", cluster.latitude)
    elif abs(cluster.latitude) < TROPICS and amplitude > TROPICAL_SEASON:
        wording = f"air temperature goes up and down by {amplitude:.0f} K with the season {where}"
        yield cluster.finding(wording, cluster.latitude)


def _season(cluster: ClusterRecord, values: np.ndarray) -> tuple[float, float] | None:
    """Return the day of the year on which the yearly wave is highest, and its amplitude."""
    daily = cluster.daily(values)
    first = np.searchsorted(cluster.time.day, np.arange(daily.size))
    date = cluster.time.middle[np.minimum(first, cluster.time.middle.size - 1)].astype("datetime64[D]")
    present = np.isfinite(daily)
    if np.unique(date[present].astype("datetime64[M]").astype(int) % 12).size < LEAST_MONTHS:
        return None
    day = (date - date.astype("datetime64[Y]")).astype(float)[present]
    angle = 2 * np.pi * day / 365.25
    waves = np.stack([np.ones_like(angle), np.cos(angle), np.sin(angle)], axis=1)
    _, cosine, sine = np.linalg.lstsq(waves, daily[present], rcond=None)[0]
    return float(np.arctan2(sine, cosine) / (2 * np.pi) * 365.25 % 365.25), float(np.hypot(cosine, sine))
