"""Which station belongs to which cluster: distances on the globe, coordinates from map projections."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from thetamix.system.errors import InputError

if TYPE_CHECKING:
    from pyproj import CRS

EARTH_RADIUS = 6_371_008.8  # [m] mean radius of the GRS 80 ellipsoid (Moritz 2000)
ORIGIN = 1e4  # [m] around the origin of a projection: false ones keep places away from it
BESIDE = 10.0  # [degrees] a projection may be used beside its area, as the next zone of UTM


def nearest_stations(
    latitude: np.ndarray,
    longitude: np.ndarray,
    station_latitude: np.ndarray,
    station_longitude: np.ndarray,
    number: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the stations nearest to each place, on the great circle.

    Parameters
    ----------
    latitude, longitude
        (place) [degrees].
    station_latitude, station_longitude
        (station) [degrees]; longitudes may run -180 to 180 or 0 to 360.
    number
        How many; fewer where there are fewer stations.

    Returns
    -------
    index : numpy.ndarray
        Positions of the stations (place, number), the nearest first.
    distance : numpy.ndarray
        Great-circle distances to them (place, number) [m], on a sphere.
    """
    from scipy.spatial import cKDTree  # slow to import, and many networks need no stations

    tree = cKDTree(_on_sphere(station_latitude, station_longitude))
    ranks = np.arange(1, min(number, len(station_latitude)) + 1)
    # The chord grows with the arc: the nearest through the globe is the nearest on it.
    _, index = tree.query(_on_sphere(latitude, longitude), k=ranks)
    distance = great_circle(
        np.asarray(latitude)[:, None],
        np.asarray(longitude)[:, None],
        np.asarray(station_latitude)[index],
        np.asarray(station_longitude)[index],
    )
    return index, distance


def borrow(
    series: Sequence[np.ndarray], index: np.ndarray, distance: np.ndarray, max_distance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each place the series of its nearest station, and what that lacks from the next nearest.

    Parameters
    ----------
    series
        Of each station (time); NaN is missing.
    index, distance
        Stations of each place, the nearest first (place, number), and their distances [m].
    max_distance
        Stations beyond are not taken [m].

    Returns
    -------
    values : numpy.ndarray
        (place, time), float32.
    borrowed : numpy.ndarray
        Share of the values that come from another station than the nearest (place).

    Examples
    --------
    >>> near, far = np.array([1.0, np.nan]), np.array([2.0, 2.0])
    >>> borrow([near, far], np.array([[0, 1]]), np.array([[10.0, 20.0]]), 1000.0)
    (array([[1., 2.]], dtype=float32), array([0.5]))
    """
    steps = len(series[0])
    values = np.full((len(index), steps), np.nan, dtype=np.float32)
    borrowed = np.zeros(len(index))
    for place in range(len(index)):
        for rank, (station, metres) in enumerate(zip(index[place], distance[place], strict=True)):
            if metres > max_distance:
                break
            gap = np.isnan(values[place])
            values[place, gap] = series[station][gap]
            if rank:
                borrowed[place] += np.isfinite(values[place, gap]).sum()
        borrowed[place] /= max(np.isfinite(values[place]).sum(), 1)
    return values, borrowed


def great_circle(
    latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray
) -> np.ndarray:
    """Return the distance between pairs of points on a sphere (haversine formula).

    Parameters
    ----------
    latitude, longitude, other_latitude, other_longitude
        Any shapes that broadcast [degrees].

    Returns
    -------
    numpy.ndarray
        Distances [m].

    Examples
    --------
    >>> float(great_circle(0.0, 0.0, 90.0, 0.0).round(-3))
    10008000.0
    """
    phi, other_phi = np.radians(latitude), np.radians(other_latitude)
    turn = np.radians(np.subtract(other_longitude, longitude))
    half = np.sin((other_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin(turn / 2) ** 2
    distance: np.ndarray = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distance


def geographic(easting: np.ndarray, northing: np.ndarray, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """Convert projected coordinates into latitudes and longitudes (WGS 84).

    Parameters
    ----------
    easting, northing
        Coordinates (place) [m].
    crs
        Name of the coordinate system: ``EPSG:2169``.

    Returns
    -------
    latitude, longitude : numpy.ndarray
        (place) [degrees].

    Raises
    ------
    InputError
        If pyproj is not installed, the system is unknown, or a point is outside it, at its origin or far from the
        area that it is made for.
    """
    try:
        from pyproj import Transformer
        from pyproj.exceptions import CRSError
    except ImportError as error:
        raise InputError(
            f"coordinates in {crs} need the package pyproj; install it with: pip install pyproj"
        ) from error
    try:
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise InputError(f"crs: {crs!r} is not a known coordinate system; write it as EPSG:2169") from error
    longitude, latitude = transformer.transform(easting, northing)
    outside = ~(np.isfinite(longitude) & np.isfinite(latitude))
    if np.any(outside & np.isfinite(easting) & np.isfinite(northing)):
        first = int(np.argmax(outside))
        raise InputError(
            f"easting {easting[first]:g}, northing {northing[first]:g} are outside {crs}; check crs and the columns"
        )
    _require_in_area(easting, northing, latitude, longitude, transformer.source_crs)
    return np.where(outside, np.nan, latitude), np.where(outside, np.nan, longitude)


def _require_in_area(
    easting: np.ndarray, northing: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, crs: "CRS | None"
) -> None:
    """Raise for a place at the origin of a coordinate system or far from its area, in so far as that is known."""
    area = crs.area_of_use if crs is not None and crs.is_projected else None
    if crs is None or area is None:
        return
    metres = crs.axis_info[0].unit_conversion_factor
    origin = np.maximum(np.abs(easting), np.abs(northing)) * metres < ORIGIN
    width = area.east - area.west + (360 if area.east < area.west else 0)  # across the date line
    beside = (longitude - area.west + BESIDE) % 360 > width + 2 * BESIDE
    beside |= (latitude < area.south - BESIDE) | (latitude > area.north + BESIDE)
    for at in np.flatnonzero(origin | (beside & np.isfinite(latitude)))[:1]:
        where = f"easting {easting[at]:.9g}, northing {northing[at]:.9g}"
        if origin[at]:
            raise InputError(
                f"{where} are at the origin of {crs.name}, where no place is: are they kilometres, or codes for "
                "missing values? Write metres, and list codes under missing"
            )
        raise InputError(
            f"{where} are latitude {latitude[at]:.2f}, longitude {longitude[at]:.2f}, far from the area of "
            f"{crs.name}, longitude {area.west:g} to {area.east:g}, latitude {area.south:g} to {area.north:g}: are "
            "easting and northing exchanged? Correct the columns or crs"
        )


def _on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
