"""Checks of the season: air must be warm when it is summer at the latitude of its cluster."""

import calendar
from collections.abc import Iterator
from functools import partial

import numpy as np

from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding, Unchecked
from thetamix.quality.checks.records import ClusterRecord

#: Variable -> days of the year on which it is highest in the north and in the south, the least amplitude of a clear
#: season, and the least latitude [degrees]: nearer to the equator clouds and monsoons decide.
SEASONS = {
    "air_temperature": (196.0, 13.0, 3.0, 15.0),  # half July, half January; [K]
    "shortwave_radiation": (172.0, 355.0, 40.0, 25.0),  # the solstices; [W m-2]
}
WRONG_SEASON = 122  # [d] from that day
TROPICS, TROPICAL_SEASON = 10.0, 6.0  # [degrees] of latitude within which no place has this amplitude [K]
LEAST_MONTHS = 7


@partial(
    Check,
    "warning",
    "degrees",
    "check the sign of the latitude, and whether latitude and longitude were exchanged",
    shared=True,
    subject="season and latitude",
)
def wrong_hemisphere(cluster: ClusterRecord) -> Iterator[Finding | Unchecked]:
    """Weather whose summer is the winter of its latitude, or that has seasons where there are none."""
    if not np.isfinite(cluster.latitude):
        yield Unchecked("no coordinates")
        return
    seasons = {name: _season(cluster, cluster.forcing[name]) for name in SEASONS if name in cluster.forcing}
    for name, season in seasons.items():
        if season is None:
            continue
        (highest, amplitude), (north, south, clear, least) = season, SEASONS[name]
        away = abs((highest - (north if cluster.latitude > 0 else south) + 182.6) % 365.25 - 182.6)
        words, where = name.replace("_", " "), f"at latitude {cluster.latitude:.2f}"
        if abs(cluster.latitude) > least and amplitude > clear and away > WRONG_SEASON:
            month = calendar.month_name[int(highest // 30.44) % 12 + 1]
            yield cluster.finding(f"{words} is highest in {month} {where}", cluster.latitude)
            return
        if name == "air_temperature" and abs(cluster.latitude) < TROPICS and amplitude > TROPICAL_SEASON:
            yield cluster.finding(
                f"{words} goes up and down by {amplitude:.0f} K in a year {where}", cluster.latitude
            )
            return
    if not any(seasons.values()):
        yield Unchecked(f"fewer than {LEAST_MONTHS} months of air temperature or radiation")


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
