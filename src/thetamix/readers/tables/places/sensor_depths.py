"""Depths of sensors as tables have them: ranges, heights below zero, metres called centimetres; and which are one."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from thetamix.network.depth_groups import TOLERANCE, depth_groups
from thetamix.network.limits import DEEPEST_PROBE, SHALLOWEST_PROBE
from thetamix.network.plausibility import code_advice, is_code
from thetamix.network.schema import MAX_DEPTHS
from thetamix.network.units import conversion, convert
from thetamix.readers.tables.files.csv_table import is_number
from thetamix.readers.tables.mapping import Depths
from thetamix.system.errors import InputError

#: No soil moisture sensor is deeper [m].
DEEPEST = 100.0
_RANGE = re.compile(r"([\d.,]+) *(?:-|–|—|_|to|bis) *([\d.,]+)")


def read_depths(
    words: Sequence[str], decimal: str, unit: str, where: Callable[[int], str]
) -> tuple[np.ndarray, list[str]]:
    """Read depths, or ranges of depths, of which the middle is taken.

    Parameters
    ----------
    words
        As they stand (sensor): ``10``, ``-10``, ``0-10``.
    decimal
        Mark of decimals.
    unit
        Their unit.
    where
        Names the place of a sensor's word, for messages.

    Returns
    -------
    depth : numpy.ndarray
        (sensor) [m], positive down.
    notes : list of str
        What a careful user wants to know: ranges, heights, depths beyond the roots.

    Raises
    ------
    InputError
        If a word is no depth, or one that no sensor has.
    """
    how = conversion("sensor_depth", unit, where(0))
    raw = np.array([_middle(word, decimal) for word in words])
    depth = convert(raw, how, np.timedelta64(1, "h"))
    for row in np.flatnonzero(is_code("sensor_depth", raw, depth, np.timedelta64(1, "h")))[:1]:
        raise InputError(f"{where(row)}: {code_advice(raw[row])}; every sensor needs a depth")
    notes = []
    if (depth <= 0).all() and (depth < 0).any():
        depth = -depth
        first = words[int(np.argmax(depth > 0))]
        notes.append(f"all depths are negative, {first} for instance: they are taken as heights, positive down")
    for row in np.flatnonzero(~((depth >= 0) & (depth <= DEEPEST)))[:1]:
        raise InputError(
            f"{where(row)}: {words[row]!r} is no depth [{unit}]; every sensor needs one, positive down, at most "
            f"{DEEPEST:g} m{_hint(words[row], decimal)}"
        )
    for row in np.flatnonzero((depth > 0) & (depth < SHALLOWEST_PROBE))[:1]:
        raise InputError(
            f"{where(row)}: {words[row]} {unit} is {depth[row]:g} m, where no sensor can be: is the unit m? Correct "
            "the unit of depth in the mapping"
        )
    ranges = sorted({word for word in words if _RANGE.fullmatch(word.strip())})
    if ranges:
        notes.append(f"depths that are ranges ({', '.join(ranges[:5])} {unit}) are taken at their middle")
    deep = np.unique(depth[depth > DEEPEST_PROBE])
    if deep.size:
        notes.append(f"depths of {', '.join(f'{metres:g}' for metres in deep[:5])} m: is the unit cm? Check it")
    return depth, notes


def _hint(word: str, decimal: str) -> str:
    if word and not any(map(str.isdigit, word)):
        return "; if units stand below the header, say first_line: 3"
    if decimal == "." and is_number(word, ","):
        return "; say decimal: ',' for this table"
    if decimal == "," and is_number(word, "."):
        return "; say decimal: '.' for this table"
    if re.fullmatch(r"[\d.,]+ *[a-zA-Z\"']+", word):
        return "; write the number alone, the unit in the mapping"
    return ""


def _middle(word: str, decimal: str) -> float:
    ends = _RANGE.fullmatch(word.strip())
    words = [word] if ends is None else [ends[1], ends[2]]
    if not all(is_number(each, decimal) for each in words):
        return np.nan
    return float(np.mean([float(each.replace(decimal, ".")) for each in words]))


def nominal_depths(
    true_depth: np.ndarray, profile: Sequence[object], where: Callable[[int], str], depths: Depths | None
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return the depths of a network, and which of them each sensor has.

    Parameters
    ----------
    true_depth
        (sensor) [m].
    profile
        What tells the profile of a sensor (sensor): sensors of a profile at two depths are not at one.
    where
        Names the place of a sensor's depth, for messages.
    depths
        Nominal ones as the user has them; None finds them: depths within 2 cm are one, unless a profile has both.

    Returns
    -------
    nominal : numpy.ndarray
        (depth) [m], increasing.
    at : numpy.ndarray
        Position of each sensor's (sensor).
    notes : list of str
        Which depths are joined.

    Raises
    ------
    InputError
        If a sensor is far from all, or there are too many.
    """
    if depths is not None:
        nominal = np.array(depths.nominal)
        at = np.abs(true_depth[:, None] - nominal).argmin(axis=1)
        far = np.flatnonzero(np.abs(true_depth - nominal[at]) > depths.tolerance + 1e-9)
        if far.size:
            raise InputError(
                f"{where(int(far[0]))}: {true_depth[far[0]]:g} m is more than {depths.tolerance:g} m from the "
                f"nominal depths {depths.nominal} ({far.size} sensor(s)); correct the unit of depth, add a "
                "nominal depth, or widen depths.tolerance"
            )
        return nominal, at, []
    names: dict[float, float] = {}
    notes = []
    rounded = true_depth.round(4)
    for name, members in depth_groups(rounded):
        those = np.flatnonzero(np.isin(rounded, members)).tolist()
        joined = len({(profile[row], rounded[row]) for row in those}) == len({profile[row] for row in those})
        names |= {float(depth): name if joined and members.size > 1 else float(depth) for depth in members}
        if joined and members.size > 1:
            notes.append(
                f"depths of {', '.join(f'{depth:g}' for depth in members)} m are taken for one, {name:g} m, with its "
                "replicates: no profile has two of them (depths: {nominal: […]} in the mapping keeps them apart)"
            )
    nominal = np.unique(list(names.values()))
    if nominal.size > MAX_DEPTHS:
        raise InputError(
            f"{where(0).partition(', line')[0]} has {nominal.size} different depths ({nominal[0]:g} to "
            f"{nominal[-1]:g} m), at most {MAX_DEPTHS} are possible; name nominal ones in the mapping, for example "
            f"depths: {{nominal: [0.1, 0.3, 0.5], tolerance: {TOLERANCE:g}}}"
        )
    return nominal, np.searchsorted(nominal, [names[float(depth)] for depth in rounded]), notes
