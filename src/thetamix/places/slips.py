"""Coordinates that were mistyped: exchanged, without their sign, left at zero, far from the rest of a network."""

import re
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from thetamix.places.matching import great_circle, nearest_stations
from thetamix.system.errors import first_ten

#: Clusters of one network are hardly further from each other [m], and weather from further is that of another place.
NEIGHBOURHOOD = 100_000.0
#: A cluster is far from the others where it is so many times as far as they usually are.
FAR = 10
#: So many clusters tell where a network is.
_SAMPLE = 500

#: Latitude and longitude -> what was meant.
_SLIPS: dict[str, Callable[[float, float], tuple[float, float]]] = {
    "latitude and longitude exchanged?": lambda latitude, longitude: (longitude, latitude),
    "sign of longitude?": lambda latitude, longitude: (latitude, -longitude),
    "sign of latitude?": lambda latitude, longitude: (-latitude, longitude),
    "signs of latitude and longitude?": lambda latitude, longitude: (-latitude, -longitude),
}


_DEGREES = re.compile(
    r"""\s*([NSEW+-]?)\s*(\d+(?:[.,]\d+)?)\s*[°ºd:\s]?\s*(?:(\d+(?:[.,]\d+)?)\s*['′’m:\s]?\s*)?"""
    r"""(?:(\d+(?:[.,]\d+)?)\s*(?:["″”s]|'')?\s*)?([NSEW]?)\s*""",
    re.IGNORECASE,
)


def decimal_degrees(text: str) -> float | None:
    """Return what degrees, minutes and seconds are in decimal degrees; None where a text is nothing of the kind.

    Examples
    --------
    >>> decimal_degrees("50°12'N"), decimal_degrees("W 6 30 36"), decimal_degrees("clay")
    (50.2, -6.51, None)
    """
    match = _DEGREES.fullmatch(text)
    if match is None:
        return None
    before, *parts, after = match.groups()
    degrees = sum(float((part or "0").replace(",", ".")) / 60**power for power, part in enumerate(parts))
    return float(round(-degrees if {before.upper(), after.upper()} & {"S", "W", "-"} else degrees, 6))


def find_slip(latitude: float, longitude: float, away: Callable[[float, float], float], reach: float) -> str:
    """Return which mistake explains that a place is far away.

    Parameters
    ----------
    latitude, longitude
        Of the place [degrees].
    away
        Distance of any coordinates to where the place is expected [m].
    reach
        A mistake explains it where the place is not further than this without it [m].

    Returns
    -------
    str
        A question such as ``sign of longitude?``; "" where none of them explains it.
    """
    turned = (longitude + 180) % 360 - 180
    meant = {words: slip(latitude, turned) for words, slip in _SLIPS.items() if abs(slip(latitude, turned)[0]) <= 90}
    metres = {words: away(*where) for words, where in meant.items()}
    nearest = min(metres, key=lambda words: metres[words])
    return nearest if metres[nearest] <= reach else ""


def slip_to_stations(latitude: float, longitude: float, stations: tuple[np.ndarray, np.ndarray], reach: float) -> str:
    """Return which mistake explains that no station (latitudes, longitudes) is within reach [m] of a place."""

    def away(north: float, east: float) -> float:
        return float(nearest_stations(np.array([north]), np.array([east]), *stations, 1)[1][0, 0])

    return "" if away(latitude, longitude) <= reach else find_slip(latitude, longitude, away, reach)


def doubtful_places(names: Sequence[str], latitude: np.ndarray, longitude: np.ndarray) -> list[str]:
    """Return what is strange about where the clusters of a network are.

    Parameters
    ----------
    names
        Of the clusters (cluster).
    latitude, longitude
        Of the clusters (cluster) [degrees]; NaN is missing.

    Returns
    -------
    list of str
        Sentences: which clusters are at exactly 0° N 0° E, and which are more than 100 km from the others (in the
        median), where that is ten times as far as usual or a mistake explains it.
    """
    far = [
        f"{names[at]} ({metres / 1000:,.0f} km away in the median{'; ' * bool(slip)}{slip})"
        for at, (metres, slip) in far_places(latitude, longitude).items()
    ]
    sentence = f"{len(far)} cluster(s) far from the others, check the coordinates: {first_ten(far)}"
    return places_at_zero(names, latitude, longitude, "cluster(s)") + ([sentence] if far else [])


def places_at_zero(names: Sequence[str], latitude: np.ndarray, longitude: np.ndarray, what: str) -> list[str]:
    """Return which places (latitudes, longitudes [degrees]) are at exactly 0° N 0° E, where only the sea is."""
    zero = [names[at] for at in np.flatnonzero((latitude == 0) & (longitude == 0)).tolist()]
    return [f"{len(zero)} {what} at latitude 0, longitude 0, in the sea: {first_ten(zero)}"] if zero else []


def far_places(latitude: np.ndarray, longitude: np.ndarray) -> dict[int, tuple[float, str]]:
    """Return which clusters (cluster) [degrees] are far from the others: position -> median distance [m], mistake.

    Far is more than 100 km, and ten times as far as usual or explained by a mistake (else ""). Clusters at exactly
    0° N 0° E are passed over.
    """
    there = np.flatnonzero(np.isfinite(latitude) & np.isfinite(longitude) & ((latitude != 0) | (longitude != 0)))
    sample = there[:: max(there.size // _SAMPLE, 1)]

    def away(at: int, north: float, east: float) -> float:
        others = sample[sample != at]
        distances = great_circle(np.array(north), np.array(east), latitude[others], longitude[others])
        return float(np.median(distances))

    if there.size < 2:
        return {}
    metres = {at: away(at, latitude[at], longitude[at]) for at in there.tolist()}
    usual = float(np.median(list(metres.values())))
    far = {}
    for at, distance in metres.items():
        if distance > NEIGHBOURHOOD:
            slip = find_slip(latitude[at], longitude[at], partial(away, at), NEIGHBOURHOOD)
            if slip or distance > FAR * usual:
                far[at] = distance, slip
    return far
