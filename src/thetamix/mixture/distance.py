r"""Expected distances under a mixture of Gaussians: the two parts of its CRPS, on columns.

.. math::

    \mathrm{CRPS}(F, y) = \int \bigl(F(x) - 1_{x \ge y}\bigr)^2 dx
                        = E|X - y| - \tfrac12 E|X - X'|

With :math:`A(\mu, \sigma) = E|N(\mu, \sigma^2)| = \mu\,\operatorname{erf}(\mu/\sigma\sqrt2)
+ 2 \sigma \varphi(\mu/\sigma)` both are sums (Grimit et al. 2006, doi:10.1256/qj.05.235):

.. math::

    E|X - y| = \sum_k w_k A(y - \mu_k, \sigma_k), \qquad
    E|X - X'| = \sum_{ij} w_i w_j A\bigl(\mu_i - \mu_j, \sqrt{\sigma_i^2 + \sigma_j^2}\bigr)

The second does not know the reading: it is computed once for all readings of a row. For more than
``MOST_PAIRS`` components it comes from :mod:`.spectral`, at a cost linear in their number.
"""

import math

import numpy as np

from thetamix.mixture.folded import folded_mean
from thetamix.mixture.rows import Floats
from thetamix.mixture.spectral import spectral_mean_difference

MOST_PAIRS = 16  # up to here the sum over pairs is the faster one


def expected_distance(weight: Floats, mean: Floats, sd: Floats, x: Floats) -> Floats:
    """Mean distance of the mixture from points ``(r, c)``."""
    terms = folded_mean(x - mean[:, None], sd[:, None])
    terms *= weight[:, None]
    return np.asarray(terms.sum(axis=0))


def mean_difference(weight: Floats, mean: Floats, sd: Floats) -> Floats:
    """Mean distance between two independent draws (Gini's mean difference), shape ``(1, c)``."""
    if len(weight) > MOST_PAIRS:
        return spectral_mean_difference(weight, mean, sd)
    # a component with itself: A(0, sd √2) = 2 sd / √π
    total = (weight * weight * sd).sum(axis=0) * (2.0 / math.sqrt(math.pi))
    i, j = np.triu_indices(len(weight), k=1)
    pairs = folded_mean(mean[i] - mean[j], np.sqrt(sd[i] ** 2 + sd[j] ** 2))
    pairs *= weight[i]
    pairs *= weight[j]
    total += 2.0 * pairs.sum(axis=0)
    return np.asarray(total[None])
