"""Attributes that are names of places, in the dress of a category."""

import numpy as np

#: With fewer clusters each may well have another soil.
FEWEST_PLACES = 4


def is_place_code(values: np.ndarray) -> bool:
    """Return whether an attribute is a text with another value at each of many clusters (cluster)."""
    return values.dtype.kind not in "fiu" and len(set(values.tolist())) == values.size >= FEWEST_PLACES
