"""The shape of the surface from a grid of elevations: slope, aspect, topographic wetness."""

import numpy as np

FLATTEST = 1e-3  # [1] tan b of what is flat, so that wetness stays finite


def slope_and_aspect(elevation: np.ndarray, width: float, height: float) -> tuple[np.ndarray, np.ndarray]:
    """Give the steepness of a surface and the direction that it faces (Horn 1981, doi:10.1109/PROC.1981.11918).

    Parameters
    ----------
    elevation
        (row, column), north up [m].
    width, height
        Of a pixel [m].

    Returns
    -------
    slope, aspect : numpy.ndarray
        (row, column) [degrees]; the aspect is the direction downhill, clockwise from north, NaN where it is flat.

    Examples
    --------
    A plane that falls by 1 m in 10 m towards the east:

    >>> plane = np.tile(-np.arange(5.0), (5, 1))
    >>> slope, aspect = slope_and_aspect(plane, 10.0, 10.0)
    >>> slope[2, 2].round(2), aspect[2, 2]
    (np.float64(5.71), np.float64(90.0))
    """
    z = np.pad(elevation, 1, mode="reflect", reflect_type="odd")
    row, column = elevation.shape

    def neighbour(down: int, right: int) -> np.ndarray:
        part: np.ndarray = z[1 + down : 1 + down + row, 1 + right : 1 + right + column]
        return part

    eastward = sum(weight * (neighbour(d, 1) - neighbour(d, -1)) for d, weight in ((-1, 1), (0, 2), (1, 1)))
    northward = sum(weight * (neighbour(-1, r) - neighbour(1, r)) for r, weight in ((-1, 1), (0, 2), (1, 1)))
    east, north = np.asarray(eastward) / (8 * width), np.asarray(northward) / (8 * height)
    slope = np.degrees(np.arctan(np.hypot(east, north)))
    aspect = np.degrees(np.arctan2(-east, -north)) % 360
    return slope, np.where(slope > 0, aspect, np.nan)


def topographic_wetness(elevation: np.ndarray, width: float, height: float) -> np.ndarray:
    """Give the topographic wetness index ln(a / tan b) (Beven and Kirkby 1979, doi:10.1080/02626667909491834).

    Water runs from each pixel to the lowest of its eight neighbours, for its distance (O'Callaghan and Mark 1984,
    doi:10.1016/S0734-189X(84)80011-0); pits keep it. Fill or breach a map's pits before where they matter.

    Parameters
    ----------
    elevation
        (row, column), north up [m].
    width, height
        Of a pixel [m].

    Returns
    -------
    numpy.ndarray
        (row, column) [ln m]; NaN where the elevation is.
    """
    row, column = elevation.shape
    z = np.pad(elevation, 1, constant_values=np.nan)
    steepest = np.zeros(elevation.shape)
    target = np.full(elevation.shape, -1)
    number = np.arange(row * column).reshape(row, column)
    padded = np.pad(number, 1, constant_values=-1)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            if down or right:
                part = (slice(1 + down, 1 + down + row), slice(1 + right, 1 + right + column))
                fall = (elevation - z[part]) / np.hypot(down * height, right * width)
                better = fall > steepest
                steepest[better], target[better] = fall[better], padded[part][better]
    area = np.where(np.isfinite(elevation), width * height, 0.0).ravel()
    flow = target.ravel()
    # From the highest down: what a pixel gives on is complete when its turn comes.
    for pixel in np.argsort(-np.where(np.isfinite(elevation), elevation, -np.inf).ravel(), kind="stable"):
        if flow[pixel] >= 0:
            area[flow[pixel]] += area[pixel]
    slope, _ = slope_and_aspect(elevation, width, height)
    gradient = np.maximum(np.tan(np.radians(slope)), FLATTEST)
    contour = np.sqrt(width * height)
    upslope = np.where(np.isfinite(elevation), area.reshape(elevation.shape), np.nan)
    index: np.ndarray = np.log(upslope / contour / gradient)
    return index
