r"""How many modes a mixture of Gaussians has, certified, on columns.

A mode is a sign change of the density's derivative from + to -. Climbing from the means misses modes:
means ±0.8 with sd 1, and again with sd 0.05 and little weight, have one at 0, where no mean is. So the
span of the means, outside which there is no mode, is subdivided until every piece is proved to hold no
sign change or one. With the derivatives at the centre of a piece of radius r, and a bound
:math:`M \ge |f''''|` over all of it (:mod:`.hermite`), Taylor's theorem proves

.. math::

    |f'| > |f''| r + |f'''| r^2/2 + M r^3/6 &\implies f' \text{ keeps its sign} \\
    |f''| > |f'''| r + M r^2/2 &\implies f' \text{ is monotone: at most one change}

and so does a distance of at least one sd from every component, where each is convex. All is relative
to the largest term, so that the gap between distant narrow components is no place of zeros. A
piece shorter than 1e-6 of the smallest sd is settled by the signs at its ends; a derivative below
rounding has no sign of its own: at a merely touching zero no mode is made from noise.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thetamix.mixture.density import SQRT_2PI, pdf
from thetamix.mixture.hermite import FARTHEST, hermite, log_envelope, nearest_distance, standardised
from thetamix.mixture.rows import Floats

Indices = NDArray[np.intp]

SHORTEST = 1e-6  # radius of a piece, in the row's smallest sd
NOISE = 1e-14  # rounding of a derivative, relative to the sum of its terms
STEPS = 60


@dataclass(frozen=True)
class Modes:
    """Modes of mixtures of leading shape ``(...)``, at most M of them in any.

    Attributes
    ----------
    count
        Number of modes, shape ``(...)``; a float, NaN where the mixture is missing.
    place, height
        Where they are, in increasing order, and the density there; shape ``(..., M)``, NaN where a
        mixture has no more modes.

    Examples
    --------
    >>> from thetamix.mixture import GaussianMixture
    >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], 0.02).modes().place.round(6)
    array([0.1, 0.3])
    """

    count: Floats
    place: Floats
    height: Floats


class Turns(NamedTuple):
    """Sign changes of the density's derivative, ordered by row and place.

    Attributes
    ----------
    row
        Column of the mixture.
    low, high
        Where the change is.
    mode
        True from + to -, False from - to +; they alternate within a row, modes first and last.
    """

    row: Indices
    low: Floats
    high: Floats
    mode: NDArray[np.bool_]

    def take(self, index: Indices) -> "Turns":
        """Select some of them."""
        return Turns(*(values.take(index) for values in self))  # type: ignore[arg-type]


class _Terms(NamedTuple):
    """What the derivatives of some columns need."""

    mean: Floats
    sd: Floats
    log_height: Floats

    def of(self, columns: Indices) -> "_Terms":
        return _Terms(*(a.take(columns, axis=1) for a in self))


def count_modes(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Number of modes, shape ``(1, c)``."""
    turning = turns(weight, mean, sd)
    return np.bincount(turning.row[turning.mode], minlength=weight.shape[1]).astype(float)[None]


def count_modes_and_dips(weight: Floats, mean: Floats, sd: Floats, dip: float) -> Floats:
    """Number of modes, and of those that a dip parts (see :func:`ordered_modes`), shape ``(2, c)``."""
    turning = turns(weight, mean, sd)
    count = np.bincount(turning.row[turning.mode], minlength=weight.shape[1]).astype(float)
    several = np.flatnonzero(count > 1)  # with one mode there is nothing to part
    parted = count.copy()
    if several.size:
        theirs = turning.take(np.flatnonzero(count[turning.row] > 1))
        theirs = theirs._replace(row=np.searchsorted(several, theirs.row))
        w, m, s = (a.take(several, axis=1) for a in (weight, mean, sd))
        parted[several], _, _ = _ordered(w, m, s, theirs, dip)
    return np.stack([count, parted])


def turns(weight: Floats, mean: Floats, sd: Floats) -> Turns:
    """Find all modes and the antimodes between them, each in an interval of its own."""
    terms = _terms(weight, mean, sd)
    row = np.arange(weight.shape[1])
    low, high = terms.mean.min(axis=0), terms.mean.max(axis=0)
    smallest = terms.sd.min(axis=0)
    # no component falls at the first mean, none rises at the last
    rising_low, rising_high = np.ones(row.size, dtype=bool), np.zeros(row.size, dtype=bool)
    done = []
    while row.size:
        centre, radius = 0.5 * (low + high), 0.5 * (high - low)
        settled, rising = _settled(terms.of(row), centre, radius, rising_low)
        settled |= (radius <= SHORTEST * smallest[row]) | (centre <= low) | (centre >= high)
        change = np.flatnonzero(settled & (rising_low != rising_high))
        done.append(Turns(row, low, high, rising_low).take(change))
        go = np.flatnonzero(~settled)
        row, centre, rising = row.take(go), centre.take(go), rising.take(go)
        low, high = np.append(low.take(go), centre), np.append(centre, high.take(go))
        rising_low, rising_high = (
            np.append(rising_low.take(go), rising),
            np.append(rising, rising_high.take(go)),
        )
        row = np.append(row, row)
    turning = Turns(
        np.concatenate([t.row for t in done]),
        np.concatenate([t.low for t in done]),
        np.concatenate([t.high for t in done]),
        np.concatenate([t.mode for t in done]),
    )
    return turning.take(np.lexsort((turning.low, turning.row)))


def places(weight: Floats, mean: Floats, sd: Floats, turning: Turns) -> Floats:
    """Where the derivative is zero in each turn's interval: Newton's method, safeguarded by halving."""
    terms = _terms(weight, mean, sd)
    smallest = terms.sd.min(axis=0)
    x = 0.5 * (turning.low + turning.high)
    index = np.flatnonzero(turning.high > turning.low)
    low, high, mode = turning.low[index], turning.high[index], turning.mode[index]
    before = last = high - low
    for _ in range(STEPS):
        if not index.size:
            break
        row = turning.row[index]
        unit = smallest[row]
        slope, curvature = _slope(terms.of(row), x[index], unit)
        ahead_of_turn = (slope > 0.0) == mode
        low = np.where(ahead_of_turn, x[index], low)
        high = np.where(ahead_of_turn, high, x[index])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = -unit * slope / curvature
        ahead = x[index] + step
        halve = ~((ahead >= low) & (ahead <= high) & (np.abs(step) <= 0.5 * before))
        ahead = np.where(halve, 0.5 * (low + high), ahead)
        before, last = last, np.abs(ahead - x[index])
        x[index] = ahead
        go = last > 1e-13 * unit
        index, low, high, mode = index[go], low[go], high[go], mode[go]
        before, last = before[go], last[go]
    return x


def ordered_modes(weight: Floats, mean: Floats, sd: Floats, dip: float | None) -> tuple[Floats, Floats, Floats]:
    """Count, places and heights of the modes of columns.

    Parameters
    ----------
    weight, mean, sd
        Shape ``(K, c)``.
    dip
        None for every mode; else two neighbours are one mode, the higher, unless the antimode between
        them is at most this fraction of the lower.

    Returns
    -------
    count, place, height
        Shapes ``(c,)``, ``(M, c)``, ``(M, c)``; in order of place, NaN where there are no more.
    """
    return _ordered(weight, mean, sd, turns(weight, mean, sd), dip)


def _ordered(
    weight: Floats, mean: Floats, sd: Floats, turning: Turns, dip: float | None
) -> tuple[Floats, Floats, Floats]:
    x = places(weight, mean, sd, turning)
    columns = (weight[:, turning.row], mean[:, turning.row], sd[:, turning.row])
    y = pdf(*columns, x[None])[0]
    # the turns of a row alternate: 0 is its first mode, 1 the antimode after it, 2 the next mode
    nth = np.arange(turning.row.size) - np.searchsorted(turning.row, turning.row)
    table = np.full((2, int(nth.max()) + 1, weight.shape[1]), np.nan)
    table[0, nth, turning.row] = x
    table[1, nth, turning.row] = y
    place, height, antimode = table[0, ::2], table[1, ::2], table[1, 1::2]
    if dip is not None:
        place, height = _merged(place, height, antimode, dip)
    return np.isfinite(place).sum(axis=0).astype(float), place, height


def _merged(place: Floats, height: Floats, antimode: Floats, dip: float) -> tuple[Floats, Floats]:
    """Remove modes, the shallowest antimode first, until every dip is deep enough."""
    while len(antimode):
        lower = np.fmin(height[:-1], height[1:])
        with np.errstate(invalid="ignore"):
            depth = antimode / lower
        depth[np.isnan(depth)] = -np.inf
        worst = depth.argmax(axis=0)
        column = np.flatnonzero(depth.max(axis=0) > dip)
        if not column.size:
            break
        gap = worst[column]
        peak = np.where(height[gap, column] <= height[gap + 1, column], gap, gap + 1)
        for table, gone in ((place, peak), (height, peak), (antimode, gap)):
            table[:, column] = _without(table[:, column], gone)
    return place, height


def _without(table: Floats, gone: Indices) -> Floats:
    """Remove an entry from each column and close the gap; NaN comes in at the end."""
    longer = np.concatenate([table, np.full((1, table.shape[1]), np.nan)])
    nth = np.arange(len(table))[:, None]
    return np.take_along_axis(longer, nth + (nth >= gone), axis=0)


def _terms(weight: Floats, mean: Floats, sd: Floats) -> _Terms:
    """Assign components without weight the place and width of the heaviest, and no height."""
    heaviest = weight.argmax(axis=0)[None]
    used = weight > 0.0
    m = np.where(used, mean, np.take_along_axis(mean, heaviest, axis=0))
    s = np.where(used, sd, np.take_along_axis(sd, heaviest, axis=0))
    with np.errstate(divide="ignore"):
        return _Terms(m, s, np.log(weight) - np.log(s))


def _slope(terms: _Terms, x: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """First and second derivative of the density by ``x / unit``, over its largest term."""
    z = standardised(terms.mean, terms.sd, x)
    logs = terms.log_height - 0.5 * z * z
    ratio = unit / terms.sd
    height = np.exp(logs - logs.max(axis=0)) * ratio
    return -(height * z).sum(axis=0), (height * ratio * (z * z - 1.0)).sum(axis=0)


def _settled(
    terms: _Terms, centre: Floats, radius: Floats, inherited: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pieces are proved to have at most one turn, and whether f rises at their centres."""
    m, s, log_height = terms
    z = standardised(m, s, centre)
    logs = log_height - 0.5 * z * z
    top = logs.max(axis=0)
    # derivatives times a power of the radius: no scale is too small or too large for them
    ratio = np.minimum(radius / s, FARTHEST)
    height = np.exp(logs - top) * ratio
    first = height * z
    slope, rounding = -first.sum(axis=0), NOISE * np.abs(first).sum(axis=0)
    height *= ratio
    second = np.abs((height * (z * z - 1.0)).sum(axis=0))
    height *= ratio
    third = np.abs((height * hermite(3, z)).sum(axis=0))
    near = nearest_distance(m, s, centre, radius)
    with np.errstate(over="ignore", divide="ignore"):
        log_fourth = log_height - top + 4.0 * np.log(ratio) + log_envelope(4, near)
        fourth = SQRT_2PI * np.exp(log_fourth).sum(axis=0)
    convex = ((near >= 1.0) | np.isneginf(log_height)).all(axis=0)
    monotone = second > third + fourth / 2.0
    steady = np.abs(slope) > second + third / 2.0 + fourth / 6.0 + rounding
    rising = np.where(np.abs(slope) <= rounding, inherited, slope > 0.0)
    return convex | monotone | steady, rising
