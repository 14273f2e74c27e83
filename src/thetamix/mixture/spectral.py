r"""Mean difference of a mixture of many Gaussians at a cost linear in their number, on columns.

Half of it is :math:`\int F(1-F)\,dx`, the part of the CRPS that does not know the reading. By
Parseval's theorem the integral is a sum over the characteristic function :math:`\phi`. On a period P
that holds all differences, :math:`|x|` is a triangle wave with odd harmonics only, so

.. math::

    E|X - X'| = \frac{P}{4} - \frac{2P}{\pi^2} \sum_{n\ \text{odd}} \frac{|\phi(t_n)|^2}{n^2}, \qquad
    t_n = \frac{2\pi n}{P}, \quad
    \phi(t) = \sum_k w_k e^{i t \mu_k - t^2 \sigma_k^2 / 2}

which is the trapezoidal rule on an analytic integrand: it converges like a Gaussian. Two errors, both
bounded. *Aliasing*: with :math:`P/2 = \max|\mu_i - \mu_j| + 7 \sqrt2 \sigma_{max}`, the part of
:math:`X - X'` outside the period adds less than :math:`10^{-12} \sigma_{max}`. *Truncation* after
harmonic N adds less than :math:`P/(\pi^2 N) \cdot e^{-(\sigma_{min} t_N)^2} < 10^{-13} P`.

Components too narrow for the harmonics at hand are summed over pairs among themselves only, and of
these only neighbours need more than :math:`|\mu_i - \mu_j|`: sorted, that sum is linear too.
"""

import math

import numpy as np
from numpy.typing import NDArray

from thetamix.mixture.folded import folded_mean
from thetamix.mixture.rows import Floats

REACH = 7.0  # Gaussian tail beyond the period, in standard deviations of a difference
DECAY = 5.2  # exp(-DECAY²) = 2e-12: where harmonics are cut
MOST_HARMONICS = 127


def spectral_mean_difference(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Mean distance between two independent draws, shape ``(1, c)``."""
    # a component without weight must not widen the period
    heaviest = weight.argmax(axis=0)[None]
    used = weight > 0.0
    mean = np.where(used, mean, np.take_along_axis(mean, heaviest, axis=0))
    sd = np.where(used, sd, np.take_along_axis(sd, heaviest, axis=0))

    first, last = mean.min(axis=0), mean.max(axis=0)
    period = 2.0 * (last - first + REACH * math.sqrt(2.0) * sd.max(axis=0))
    needed = DECAY * period / (2.0 * math.pi * sd.min(axis=0))
    harmonics = min(MOST_HARMONICS, math.ceil(needed.max()) | 1)
    # with a wide partner a narrow component fades as exp(-sd² t²/2) of the partner alone
    finest = math.sqrt(2.0) * DECAY * period / (2.0 * math.pi * harmonics)
    narrow = (sd < finest) & (needed > harmonics)

    total = _harmonic_sum(weight, mean - 0.5 * (first + last), sd, narrow, period, harmonics)
    if narrow.any():
        total += _pair_sum(np.where(narrow, weight, 0.0), mean, sd)
    return np.asarray(total[None])


def _harmonic_sum(
    weight: Floats,
    mean: Floats,
    sd: Floats,
    narrow: NDArray[np.bool_],
    period: Floats,
    harmonics: int,
) -> Floats:
    """Sum over all pairs but those of two narrow components."""
    first = 2.0 * math.pi / period
    angle = first * mean
    # from harmonic n to n + 2 every term turns by a constant angle and fades by a geometric factor
    fade = np.exp(-2.0 * (first * sd) ** 2)
    term = weight * np.exp(1j * angle - 0.5 * (first * sd) ** 2)
    turn = np.exp(2j * angle) * fade**2
    fade *= fade
    some_narrow = bool(narrow.any())
    power = np.zeros(weight.shape[1])
    for n in range(1, harmonics + 1, 2):
        phi = term.sum(axis=0)
        square = phi.real**2 + phi.imag**2
        if some_narrow:
            phi = np.where(narrow, term, 0.0).sum(axis=0)
            square -= phi.real**2 + phi.imag**2
        power += square / n**2
        term *= turn
        turn *= fade
    share = 1.0 - np.where(narrow, weight, 0.0).sum(axis=0) ** 2
    return np.asarray(period * (0.25 * share - (2.0 / math.pi**2) * power))


def _pair_sum(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Sum over all pairs, exact; quick where few components with weight are neighbours."""
    total = (weight * weight * sd).sum(axis=0) * (2.0 / math.sqrt(math.pi))
    order = np.where(weight > 0.0, mean, np.inf).argsort(axis=0)
    w, m, s = (np.take_along_axis(a, order, axis=0) for a in (weight, mean, sd))
    m = m - m[0]
    before = np.cumsum(w, axis=0) - w
    moment = np.cumsum(w * m, axis=0) - w * m
    total += 2.0 * (w * (m * before - moment)).sum(axis=0)
    widest = REACH * math.sqrt(2.0) * np.where(w > 0.0, s, 0.0).max(axis=0)
    for offset in range(1, len(w)):
        both = w[offset:] * w[:-offset]
        gap = m[offset:] - m[:-offset]
        near = (gap < widest) & (both > 0.0)
        if not near.any():
            break
        spread = np.sqrt(s[offset:] ** 2 + s[:-offset] ** 2)[near]
        more = np.zeros_like(gap)
        more[near] = both[near] * (folded_mean(gap[near], spread) - gap[near])
        total += 2.0 * more.sum(axis=0)
    return np.asarray(total)
