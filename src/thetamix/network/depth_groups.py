"""Depths that are meant to be one: sensors are hardly ever buried to the centimetre."""

import numpy as np

#: Sensors this far from a nominal depth belong to it [m].
TOLERANCE = 0.02


def depth_groups(values: np.ndarray, tolerance: float = TOLERANCE) -> list[tuple[float, np.ndarray]]:
    """Group depths that are within a tolerance of each other.

    Parameters
    ----------
    values
        Depths of sensors [m], positive down (sensor).
    tolerance
        How wide a group may be [m].

    Returns
    -------
    list of (float, numpy.ndarray)
        Name of each group, the most frequent of its depths, in full centimetres where that is as near [m]; and its
        depths, each once, increasing [m].

    Examples
    --------
    >>> [(name, depths.tolist()) for name, depths in depth_groups(np.array([0.05, 0.0508, 0.07, 0.2]))]
    [(0.05, [0.05, 0.0508, 0.07]), (0.2, [0.2])]
    """
    depth, count = np.unique(values.round(4), return_counts=True)
    groups = []
    start = 0
    for end in range(1, depth.size + 1):
        if end < depth.size and depth[end] - depth[start] <= tolerance + 1e-9:
            continue
        common = float(depth[start + int(count[start:end].argmax())])
        rounded = round(common, 2)
        inside = np.abs(depth[start:end] - rounded).max() <= tolerance + 1e-9
        groups.append((rounded if inside and rounded > 0 else common, depth[start:end]))
        start = end
    return groups
