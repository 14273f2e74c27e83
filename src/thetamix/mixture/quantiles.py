r"""Quantiles of a mixture of Gaussians, to machine precision, for any separation.

A mixture has no closed quantile function, and the two usual ways fail quietly. Newton's method from
the mean returns the mean, for every level, once two modes are five standard deviations apart: the
slope there is zero. Inside a bracket it still creeps along the flat between narrow components and
stops, by its step, far from the root. Therefore:

* the root is bracketed: the level's quantile of the mixture lies between the smallest and the largest
  of the components' quantiles :math:`\mu_k + \sigma_k \Phi^{-1}(p)`;
* a step by Halley's method (Newton's, with the curvature) is taken only while it stays in the bracket
  and is at most half of the one before the last; else the bracket is halved;
* a row is done when Newton-Kantorovich *proves* it: with :math:`L \ge \sup|f'|`, residual r and slope
  f, :math:`4 L |r| \le f^2` has the root within :math:`2|r|/f`, and one Newton step ends within
  :math:`L (r/f)^2 / f` of it (Ortega 1968, doi:10.2307/2313800);
* what cannot be proved (flats, where rounding of F hides the root) is bisected to the last bit, with
  both tails kept as small numbers and, where they underflow, as logarithms.
"""

import math

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri

from thetamix.mixture.density import SQRT_2PI
from thetamix.mixture.rows import Floats

STEEPEST = math.exp(-0.5) / SQRT_2PI  # largest slope of the standard Gaussian density
BLUR = 1e-10  # how far rounding may move a proved root, in the smallest standard deviation
PRECISION = 1e-12  # of a proved root, in the smallest standard deviation of the row
FAST_STEPS = 40
HALVINGS = 200


def quantile(weight: Floats, mean: Floats, sd: Floats, levels: Floats) -> Floats:
    """Quantiles of ``r`` levels in [0, 1] for columns ``(K, c)``; shape ``(r, c)``, in the levels' order.

    All levels are solved at once, as columns of their own.
    """
    r, c = levels.size, weight.shape[1]
    level = np.repeat(levels, c)
    inner = np.clip(level, np.finfo(float).tiny, 1.0 - np.finfo(float).epsneg)
    w, m, s = (np.tile(a, (1, r)) for a in (weight, mean, sd))
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        points = m + s * ndtri(inner)
        used = w > 0.0
        low = np.where(used, points, np.inf).min(axis=0)
        high = np.where(used, points, -np.inf).max(axis=0)
        root, left = _proved(w, m, s, inner, low, high)
        if left.size:
            # what is left keeps its first bracket: rounding may have misled the later ones
            columns = (w.take(left, axis=1), m.take(left, axis=1), s.take(left, axis=1))
            root[left] = _bisected(*columns, inner[left], low[left], high[left])
    root[level == 0.0], root[level == 1.0] = -np.inf, np.inf
    table = root.reshape(r, c)
    # each root is right to its last digits; for neighbouring levels these must not cross either
    order = np.argsort(levels, kind="stable")
    table[order] = np.maximum.accumulate(table[order], axis=0)
    return table


def _proved(
    weight: Floats, mean: Floats, sd: Floats, level: Floats, low: Floats, high: Floats
) -> tuple[Floats, np.ndarray]:
    """Iterate until proved; return the roots and the indices of rows without proof."""
    root = np.empty(weight.shape[1])
    index = np.arange(weight.shape[1])
    left = []
    w, m, s, a, b = weight, mean, sd, low, high
    lipschitz = STEEPEST * (w / s**2).sum(axis=0)
    smallest = np.where(w > 0.0, s, np.inf).min(axis=0)
    rounding = _rounding(len(w))
    x = np.clip((w * (m + s * ndtri(level))).sum(axis=0), a, b)
    before = last = b - a
    for _ in range(FAST_STEPS):
        z = (x - m) / s
        residual = (w * ndtr(z)).sum(axis=0) - level
        heights = np.exp(-0.5 * z * z) * (w / (SQRT_2PI * s))
        slope = heights.sum(axis=0)
        step = -residual / slope
        error = np.abs(residual) + rounding
        proved = 4.0 * lipschitz * error <= slope**2
        proved &= lipschitz * (error / slope) ** 2 <= PRECISION * smallest * slope
        proved &= BLUR * smallest * slope >= rounding
        proved |= b <= a
        lost = ~proved & (np.abs(residual) <= rounding)
        root[index[proved]] = np.clip(x + step, a, b)[proved]
        left.append(index[lost])
        go = ~(proved | lost)
        if not go.any():
            index = index[:0]
            break
        bend = -(heights * z / s).sum(axis=0)
        step = step / np.clip(1.0 + 0.5 * step * bend / slope, 0.5, 2.0)
        below = residual < 0.0
        a, b = np.where(below, x, a), np.where(below, b, x)
        ahead = x + step
        halve = ~((ahead > a) & (ahead < b) & (np.abs(step) <= 0.5 * before))
        ahead = np.where(halve, 0.5 * (a + b), ahead)
        before, last, x = last, np.abs(ahead - x), ahead
        if not go.all():
            index = index[go]
            w, m, s = (v.compress(go, axis=1) for v in (w, m, s))
            a, b, x, before, last = a[go], b[go], x[go], before[go], last[go]
            level, lipschitz, smallest = level[go], lipschitz[go], smallest[go]
    return root, np.concatenate([*left, index])


def _bisected(weight: Floats, mean: Floats, sd: Floats, level: Floats, low: Floats, high: Floats) -> Floats:
    """Halve the bracket to neighbouring numbers."""
    for _ in range(HALVINGS):
        x = low + 0.5 * (high - low)
        open_ = (x > low) & (x < high)
        if not open_.any():
            break
        above = _excess(weight, mean, sd, level, x) > 0.0
        low, high = np.where(open_ & ~above, x, low), np.where(open_ & above, x, high)
    return low + 0.5 * (high - low)


def _excess(weight: Floats, mean: Floats, sd: Floats, level: Floats, x: Floats) -> Floats:
    """Return a number with the sign of ``F(x) - level``, exact where F is flat.

    Components left of x lack an upper tail, those right of it add a lower tail:
    F(x) - level = (tails of the right) - (tails of the left) + (weight on the left - level).
    A last bracket of the size of rounding is taken as zero: a median between two equal halves is then
    where their tails balance, whatever the order of the components.
    """
    z = (x - mean) / sd
    is_left = z >= 0.0
    tails = weight * ndtr(-np.abs(z))
    gap = np.where(is_left, weight, 0.0).sum(axis=0) - level
    gap = np.where(np.abs(gap) <= _rounding(len(weight)), 0.0, gap)
    excess = np.where(is_left, -tails, tails).sum(axis=0) + gap
    flat = np.flatnonzero((gap == 0.0) & (tails.max(axis=0) < 1e-290))
    if flat.size:
        logs = np.log(weight[:, flat]) + log_ndtr(-np.abs(z[:, flat]))
        left = is_left[:, flat]
        excess[flat] = np.logaddexp.reduce(np.where(left, -np.inf, logs)) - np.logaddexp.reduce(
            np.where(left, logs, -np.inf)
        )
    return np.asarray(excess)


def _rounding(components: int) -> float:
    """Bound the rounding of a sum of so many weighted probabilities."""
    return float(np.finfo(float).epsneg) * (components + 3)
