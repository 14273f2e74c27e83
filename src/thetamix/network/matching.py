"""Which station belongs to which cluster: distances on the globe, coordinates from map projections."""

import numpy as np
from scipy.spatial import cKDTree

from thetamix.errors import InputError

EARTH_RADIUS = 6_371_008.8  # [m] mean radius of the GRS 80 ellipsoid (Moritz 2000)


def nearest_station(
    latitude: np.ndarray, longitude: np.ndarray, station_latitude: np.ndarray, station_longitude: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the station nearest to each place, on the great circle.

    Parameters
    ----------
    latitude, longitude
        Of the places (place) [degrees].
    station_latitude, station_longitude
        Of the stations (station) [degrees]; longitudes may run -180 to 180 or 0 to 360.

    Returns
    -------
    index : numpy.ndarray
        Position of the nearest station (place).
    distance : numpy.ndarray
        Great-circle distance to it (place) [m], on a sphere.

    Examples
    --------
    >>> index, distance = nearest_station(
    ...     np.array([0.0]), np.array([179.5]), np.array([0.0, 0.0]), np.array([170.0, -179.5])
    ... )
    >>> index, (distance / 1000).round(1)
    (array([1]), array([111.2]))
    """
    tree = cKDTree(_on_sphere(station_latitude, station_longitude))
    _, index = tree.query(_on_sphere(latitude, longitude))
    return index, great_circle(latitude, longitude, station_latitude[index], station_longitude[index])


def great_circle(
    latitude: np.ndarray, longitude: np.ndarray, other_latitude: np.ndarray, other_longitude: np.ndarray
) -> np.ndarray:
    """Give the distance between pairs of points on a sphere (haversine formula).

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
    """Turn projected coordinates into latitudes and longitudes (WGS 84).

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
        If pyproj is not installed, the system is unknown, or a point is outside it.
    """
    try:
        from pyproj import Transformer
        from pyproj.exceptions import CRSError
    except ImportError as error:
        raise InputError(
            f"coordinates in {crs} need the package pyproj; install it with: pip install 'thetamix[geo]'"
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
    return np.where(outside, np.nan, latitude), np.where(outside, np.nan, longitude)


def _on_sphere(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
