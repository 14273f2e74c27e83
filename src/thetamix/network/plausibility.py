"""Which numbers cannot be values: one rule for every number of every reader.

A number is judged as it stands in the file and as the network would have it:

* a *code* (:func:`is_code`) is what loggers and archives write where nothing was measured (-9999, 7999, 65535), in
  any unit. A code that is an ordinary value of its variable is taken for the value: 999 counts, -9.9 degC in tenths;
* an *impossible* number (:func:`is_impossible`) was never seen on Earth;
* a number that soil hardly has and that stands again and again is a code too (:func:`repeated`).

Readers of tables refuse them and name the line, for the user can say ``missing:``. Readers of archives and grids,
whose files the user cannot change, leave them out and say so: :func:`without_impossible`.
"""

import math

import numpy as np

from thetamix.network.limits import CONCEIVABLE, ORDINARY, REPEATABLE, WETTEST_HOUR
from thetamix.system.errors import InputError

#: Numbers that loggers and archives write where nothing was measured, with all their digits.
CODES = np.array(
    [
        *(-9.999, -99.0, -99.9, -99.99, -99.999, -888.0, -888.8, -888.88, -888.888),
        *(-999.0, -999.9, -999.99, -999.999, -1000.0, -4095.0, -5999.0, -6666.0, -6999.0, -7777.0, -7999.0, -8888.0),
        *(-9998.0, -9999.0, -9999.9, -9999.99, -32767.0, -32768.0, -99999.0, -999999.0, -9999999.0, -99999999.0),
        *(888.0, 888.88, 888.888, 999.0, 999.9, 999.99, 6999.0, 7777.0, 7999.0, 8888.0, 9998.0, 9999.0, 9999.9),
        *(327.67, 3276.7, 32767.0, 32768.0, 655.35, 6553.5, 65535.0, 99999.0, 999999.0, 9999999.0, 99999999.0),
    ]
)
#: A number that soil hardly has is a code where it stands so many times, and makes up this share of all such numbers.
TIMES, SHARE = 3, 0.1
#: Codes from here on are told with seven digits: readings keep no more.
LARGE = 1e6
#: A code of discharge, or of an attribute of any name, is so many times what the river, or the table, has else.
FAR_BEYOND = 10
#: Numbers of a record that a message names.
EXAMPLES = 3
#: No place has more than this as a mean over months [mm h-1]: Cherrapunji's wettest year had 26,461 mm.
LARGEST_MEANS = {"precipitation": 3.1, "potential_evapotranspiration": 1.0}
MONTHS = np.timedelta64(90, "D")


def is_code(variable: str, raw: np.ndarray, values: np.ndarray, step: np.timedelta64) -> np.ndarray:
    """Return where numbers are codes for missing values.

    Parameters
    ----------
    variable
        What is measured, or the name of an attribute.
    raw
        As they stand in the file (any shape); NaN is missing.
    values
        The same in the network's unit.
    step
        Length of an interval: more rain falls in a day than in an hour.

    Returns
    -------
    numpy.ndarray
        Boolean, the same shape.
    """
    least, most = ORDINARY.get(variable, ORDINARY[""])
    if variable == "precipitation":
        most *= _wetness(step)
    odd = (values < least) | (values > most)
    if variable == "discharge" or variable not in ORDINARY:  # of a small river, 9999 m3 s-1 is not ordinary
        numbers = raw[np.isfinite(raw) & ~np.isin(raw, CODES.astype(raw.dtype))]
        odd |= raw > FAR_BEYOND * np.abs(numbers).max(initial=np.inf if not numbers.size else 0)
    if odd.any():
        odd[odd] = np.isin(raw[odd], CODES.astype(raw.dtype))
    return odd


def is_impossible(variable: str, values: np.ndarray, step: np.timedelta64) -> np.ndarray:
    """Return where numbers (any shape), in the network's unit, are what a variable was never seen to be on Earth."""
    least, most = CONCEIVABLE.get(variable, CONCEIVABLE[""])
    if variable == "precipitation":
        most = WETTEST_HOUR * _wetness(step)
    return (values < least) | (values > most)


def cannot_be(variable: str, values: np.ndarray, step: np.timedelta64) -> np.ndarray:
    """Return where numbers (any shape), in the network's unit, are codes or impossible."""
    bad: np.ndarray = is_code(variable, values, values, step) | is_impossible(variable, values, step)
    return bad


def repeated(variable: str, values: np.ndarray) -> np.ndarray:
    """Return the numbers that a variable hardly has and that a record (row) holds again and again: codes."""
    least, most = REPEATABLE.get(variable, (-np.inf, np.inf))
    numbers, times = np.unique(values[(values < least) | (values > most)], return_counts=True)
    often: np.ndarray = numbers[(times >= TIMES) & (times >= SHARE * times.sum())]
    return often


def without_impossible(variable: str, values: np.ndarray, step: np.timedelta64) -> tuple[np.ndarray, str | None]:
    """Leave out what cannot be a value, of a record that the user cannot change.

    Parameters
    ----------
    variable
        What is measured.
    values
        A whole record (row) in the network's unit; NaN is missing.
    step
        Length of an interval.

    Returns
    -------
    values : numpy.ndarray
        The record (row) with NaN in their place; the same array where there are none.
    sentence : str or None
        How many there were and which, to be told after the name of the file; None where there are none.
    """
    bad = cannot_be(variable, values, step)
    if (often := repeated(variable, values)).size:
        bad |= np.isin(values, often)
    if not bad.any():
        return values, None
    words = f"{int(bad.sum())} number(s) that cannot be {variable} are missing: {tally(values[bad])}"
    return np.where(bad, np.nan, values).astype(values.dtype), words


def code_advice(number: float) -> str:
    """Return what to do about a code for a missing value, to be told after the place where it stands."""
    return (
        f"{as_code(number)} looks like a code for a missing value; list it in the mapping under missing, for example "
        f"missing: [{as_code(number)}]"
    )


def as_code(number: float) -> str:
    """Return a number as the mapping's ``missing`` takes it: YAML understands 1e+30 as a text."""
    large = abs(number) >= LARGE
    return f"{number:.7g}" if not large else f"{number:.0f}" if abs(number) < 1e15 else f"{number:.6e}"


def is_listed(values: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return where numbers (any shape) are codes of the mapping, large ones by the seven digits that are told."""
    listed = np.isin(values, codes)
    for code in codes[np.abs(codes) >= LARGE]:
        listed |= np.abs(values - code) <= 1e-6 * abs(code)
    return listed


def tally(numbers: np.ndarray) -> str:
    """Return numbers (row) in words, the most frequent first: ``9999 (12 times), -1.5``."""
    distinct, times = np.unique(numbers, return_counts=True)
    order = np.argsort(-times, kind="stable")
    words = [f"{number:.7g}" + (f" ({n} times)" if n > 1 else "") for number, n in zip(distinct, times, strict=True)]
    more = f" and {len(words) - EXAMPLES} more" if len(words) > EXAMPLES else ""
    return ", ".join(words[at] for at in order[:EXAMPLES]) + more


def require_plausible_mean(variable: str, values: np.ndarray, step: np.timedelta64, where: str) -> None:
    """Raise for a mean of water over three months or more that no place on earth has: the unit is wrong.

    Parameters
    ----------
    variable
        What it is; only water rates are looked at.
    values
        In the network's unit (time); NaN is missing.
    step
        Length of an interval.
    where
        File, for the message.
    """
    there = values[np.isfinite(values)]
    if variable not in LARGEST_MEANS or there.size * step < MONTHS:
        return
    mean = float(there.mean(dtype=np.float64))
    if mean > LARGEST_MEANS[variable]:
        raise InputError(
            f"{where}: {variable} has a mean of {mean:.3g} mm h-1, {mean * 8766:.0f} mm a year, which no place has; "
            "correct unit in the mapping"
        )


def _wetness(step: np.timedelta64) -> float:
    """Return the rate [h-1] of the greatest rain in a step beside the depth that it has in an hour."""
    return 1.0 / math.sqrt(step / np.timedelta64(1, "h"))
