"""Maps of clusters: axes in degrees with a scale bar, and names that do not lie upon each other."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from thetamix.report.figures.choice import NotApplicableError
from thetamix.report.figures.labels import plain
from thetamix.report.figures.style import BLACK

KM_PER_DEGREE = 111.2
MOST_NAMES = 60
_NAME_SIZE = 6


def coordinates(network: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return where the clusters are.

    Parameters
    ----------
    network
        With ``latitude`` and ``longitude`` (cluster).

    Returns
    -------
    latitude, longitude : numpy.ndarray
        (cluster) [degrees]; NaN where one has none.

    Raises
    ------
    NotApplicableError
        If no cluster has coordinates.
    """
    if "latitude" not in network.variables or "longitude" not in network.variables:
        raise NotApplicableError("the network has no latitude and longitude of its clusters")
    latitude, longitude = (network[name].to_numpy().astype(np.float64) for name in ("latitude", "longitude"))
    if not (np.isfinite(latitude) & np.isfinite(longitude)).any():
        raise NotApplicableError("no cluster of the network has a latitude and longitude")
    return latitude, longitude


def map_height(latitude: np.ndarray, longitude: np.ndarray, width: float) -> float:
    """Return the height that a map needs [mm] which is as wide as this [mm]; not too flat and not too tall."""
    placed = np.isfinite(latitude) & np.isfinite(longitude)
    north, east = (
        np.ptp(latitude[placed]),
        np.ptp(longitude[placed]) * np.cos(np.radians(latitude[placed].mean())),
    )
    margin = max(0.12 * max(north, east), 0.0005)
    return float(np.clip(width * (north + 3.2 * margin) / (east + 2 * margin), 0.6 * width, 1.5 * width))


def map_axes(axes: Axes, latitude: np.ndarray, longitude: np.ndarray) -> None:
    """Set up a map.

    Parameters
    ----------
    axes
        Where.
    latitude, longitude
        What must lie within (cluster) [degrees].
    """
    placed = np.isfinite(latitude) & np.isfinite(longitude)
    south, north = latitude[placed].min(), latitude[placed].max()
    west, east = longitude[placed].min(), longitude[placed].max()
    shrink = max(float(np.cos(np.radians(0.5 * (south + north)))), 0.05)
    margin = max(0.12 * max(north - south, (east - west) * shrink), 0.0005)
    axes.set_ylim(south - 2.2 * margin, north + margin)
    axes.set_xlim(west - margin / shrink, east + margin / shrink)
    axes.set_aspect(1 / shrink)
    axes.set(xlabel="Longitude [°E]", ylabel="Latitude [°N]")
    axes.locator_params(nbins=5)
    axes.ticklabel_format(useOffset=False)
    _scale_bar(axes, shrink)


def name_points(axes: Axes, x: np.ndarray, y: np.ndarray, names: Sequence[str], size: tuple[float, float]) -> None:
    """Write names beside points where there is room; of many points none is named.

    Parameters
    ----------
    axes
        With its limits set.
    x, y
        Points.
    names
        As they are in the network.
    size
        Width and height that the axes will have, about [points].
    """
    placed = [int(i) for i in np.flatnonzero(np.isfinite(x) & np.isfinite(y))]
    if len(placed) > MOST_NAMES:
        return
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    right, up = (x - west) / (east - west) * size[0], (y - south) / (north - south) * size[1]
    taken = [(right[i] - 3, up[i] - 3, right[i] + 3, up[i] + 3) for i in placed]
    for i in placed:
        text = plain(names[i], 14)
        width, height = 0.62 * _NAME_SIZE * len(text), 1.1 * _NAME_SIZE
        for dx, dy in (
            (4, -height / 2),
            (-4 - width, -height / 2),
            (-width / 2, 4),
            (-width / 2, -4 - height),
        ):
            box = (right[i] + dx, up[i] + dy, right[i] + dx + width, up[i] + dy + height)
            inside = box[0] > 0 and box[2] < size[0]
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                axes.annotate(
                    text, (x[i], y[i]), (dx, dy), textcoords="offset points", fontsize=_NAME_SIZE, va="bottom"
                )
                break


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _scale_bar(axes: Axes, shrink: float) -> None:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    across = (east - west) * shrink * KM_PER_DEGREE
    power = 10.0 ** np.floor(np.log10(across / 3))
    length = max(factor * power for factor in (1, 2, 5) if factor * power <= across / 3)
    degrees = length / (shrink * KM_PER_DEGREE)
    left, bottom = west + 0.04 * (east - west), south + 0.04 * (north - south)
    axes.plot([left, left + degrees], [bottom, bottom], color=BLACK, lw=1.5, solid_capstyle="butt")
    text = f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"
    axes.annotate(text, (left + degrees / 2, bottom), (0, 2), textcoords="offset points", ha="center", fontsize=7)
