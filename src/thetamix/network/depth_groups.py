"""Depths that are meant to be one: sensors are hardly ever buried to the centimetre."""

from collections.abc import Iterable, Mapping

import numpy as np

#: Depths that a smaller share of the clusters has make a network large for little.
RARE = 0.01
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


def rare_depths(places_at: Mapping[float, int], places: int, noun: str) -> tuple[list[float], str, str] | None:
    """Return which depths serve few places, and how to import a network without them.

    Parameters
    ----------
    places_at
        Depth [m] -> how many places have it.
    places
        How many there are.
    noun
        What they are called: ``station(s)``.

    Returns
    -------
    tuple, or None
        The depths that fewer than :data:`RARE` of the places have [m], the same in words, and the option that takes
        the others; None where there are none of these, or of those.

    Examples
    --------
    >>> rare_depths({0.05: 194, 0.15: 1, 0.2: 177}, 198, "cluster(s)")
    ([0.15], 'depths that less than 1% of 198 cluster(s) have: 0.15 m (1)', '--depths "0.05 0.2"')
    """
    rare = {depth: number for depth, number in places_at.items() if number < RARE * places}
    if not 0 < len(rare) < len(places_at):
        return None
    words = ", ".join(f"{depth:g} m ({number})" for depth, number in rare.items())
    common = depths_option(depth for depth in places_at if depth not in rare)
    return list(rare), f"depths that less than {RARE:.0%} of {places} {noun} have: {words}", common


def depths_option(depths: Iterable[float]) -> str:
    """Write the option of ``thetamix import ismn`` that takes depths [m].

    Examples
    --------
    >>> depths_option([0.1, 0.05])
    '--depths "0.05 0.1"'
    """
    return f'--depths "{" ".join(f"{depth:g}" for depth in sorted(depths))}"'
