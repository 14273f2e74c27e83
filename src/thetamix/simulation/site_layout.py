"""Where everything lies: the catchment, the pixels of its rain radar, the zones of its geologies."""

from collections.abc import Sequence

import numpy as np

from thetamix.simulation.geology import GEOLOGIES
from thetamix.simulation.profiles import Cluster

LATITUDE, LONGITUDE = 49.76, 5.87  # [degrees] the centre of the Attert catchment
KM_PER_DEGREE = 111.2
PIXEL_RING = 7.0  # [km] six pixels around one: the paper's seven

#: Centres of the radar's pixels, east and north of the catchment's centre (pixel, 2) [km].
PIXELS = np.array(
    [[0.0, 0.0]] + [[PIXEL_RING * np.sin(angle), PIXEL_RING * np.cos(angle)] for angle in np.arange(6) * np.pi / 3]
)


def nearest_pixel(places: np.ndarray) -> np.ndarray:
    """Return the radar pixel nearest to each place.

    Parameters
    ----------
    places
        East and north (place, 2) [km].

    Returns
    -------
    numpy.ndarray
        Weights (place, pixel): one 1 in each row.
    """
    squares = ((places[:, None] - PIXELS) ** 2).sum(axis=2)
    weight: np.ndarray = np.eye(len(PIXELS))[squares.argmin(axis=1)]
    return weight


def smooth_pixels(places: np.ndarray, width: float = 5.0) -> np.ndarray:
    """Average the pixels around each place.

    Parameters
    ----------
    places
        East and north (place, 2) [km].
    width
        Of the Gaussian weights [km].

    Returns
    -------
    numpy.ndarray
        Weights (place, pixel), all positive; rows sum to 1.
    """
    weight = np.exp(-((places[:, None] - PIXELS) ** 2).sum(axis=2) / (2 * width**2))
    normalised: np.ndarray = weight / weight.sum(axis=1, keepdims=True)
    return normalised


def zones() -> tuple[np.ndarray, np.ndarray]:
    """Return the zone of each geology: its gauged catchment and its cell of the reference.

    Returns
    -------
    places, elevation : numpy.ndarray
        Centres (zone, 2) [km] and mean elevation (zone) [m].
    """
    places = np.array([geology.place for geology in GEOLOGIES.values()])
    elevation = np.array([np.mean(geology.elevation) for geology in GEOLOGIES.values()])
    return places, elevation


def coordinates(clusters: Sequence[Cluster]) -> tuple[np.ndarray, np.ndarray]:
    """Return latitude and longitude of clusters.

    Returns
    -------
    latitude, longitude : numpy.ndarray
        (cluster) [degrees].
    """
    east, north = np.array([cluster.place for cluster in clusters]).T
    return LATITUDE + north / KM_PER_DEGREE, LONGITUDE + east / (KM_PER_DEGREE * np.cos(np.radians(LATITUDE)))
