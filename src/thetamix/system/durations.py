"""Durations as users write them: ``90d``, ``128h``, ``30min``."""

import re

import numpy as np

from thetamix.system.errors import InputError

_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}
_LONGEST = 2**63 / 1e9  # [s] what nanoseconds can hold, 292 years


def parse_duration(text: str) -> np.timedelta64:
    """Read a duration [s].

    Parameters
    ----------
    text
        A number and one of ``d``, ``h``, ``min``, ``s``.

    Raises
    ------
    InputError
        If it is not a duration.

    Examples
    --------
    >>> parse_duration("90d")
    np.timedelta64(7776000,'s')
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(d|h|min|s)\s*", str(text))
    if match is None:
        raise InputError(f"{text!r} is not a duration; write a number and d, h, min or s, such as 90d")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds >= _LONGEST:
        raise InputError(f"{text!r} is too long a duration; the longest is {_LONGEST / 86400:.0f}d")
    return np.timedelta64(round(seconds), "s")


def format_duration(duration: np.timedelta64) -> str:
    """Write a duration in the largest unit that divides it.

    Returns
    -------
    str
        Such as ``90d``.

    Examples
    --------
    >>> format_duration(np.timedelta64(128, "h"))
    '128h'
    """
    seconds = int(duration / np.timedelta64(1, "s"))
    for unit, size in _UNITS.items():
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size}{unit}"
    return "0d"
