"""What can be asked of a mixture at a point or a level: density, probability, quantile, draws."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thetamix.mixture import density, quantiles
from thetamix.mixture.rows import Floats, Rows, align

QUANTILE_WIDTH = 2  # arrays per component at work at once: pieces stay in the cache


class Distribution:
    """The parameters of many mixtures, and their density, distribution and quantile functions.

    See :class:`~thetamix.mixture.GaussianMixture`, which adds moments, scores and modes.
    """

    def __init__(self, weight: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> None:
        arrays = [floating(a) for a in (weight, mean, sd)]
        self.weight, self.mean, self.sd = np.broadcast_arrays(*arrays)
        if self.mean.ndim == 0 or self.mean.shape[-1] == 0:
            raise ValueError("a mixture needs at least one component, along the last axis")
        self._rows = Rows.checked(self.weight, self.mean, self.sd)

    @property
    def shape(self) -> tuple[int, ...]:
        """Leading shape: that of :meth:`expectation`."""
        return self.mean.shape[:-1]

    @property
    def n_components(self) -> int:
        """Number of components."""
        return int(self.mean.shape[-1])

    def __getitem__(self, index: Any) -> Self:
        """Select mixtures by their leading axes; ``mixture[..., None]`` adds an axis for readings."""
        parts = index if isinstance(index, tuple) else (index,)
        rest = () if any(part is Ellipsis for part in parts) else (...,)
        whole = (*parts, *rest, slice(None))
        return type(self)(self.weight[whole], self.mean[whole], self.sd[whole])

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self.shape}, n_components={self.n_components})"

    def pdf(self, x: ArrayLike) -> Floats:
        r"""Probability density, :math:`\sum_k w_k \varphi((x - \mu_k)/\sigma_k) / \sigma_k`.

        Parameters
        ----------
        x
            Points; their shape broadcasts against :attr:`shape`.

        Returns
        -------
        ndarray
            Density, in one over the units of the mean.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> mixture.pdf([0.1, 0.2]).round(4)
        array([9.9736e+00, 1.0000e-04])
        """
        return self._at(density.pdf, x)

    def logpdf(self, x: ArrayLike) -> Floats:
        """Logarithm of the density, without a floor: summed in log space at any distance.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> float(mixture.logpdf(2.3)).__round__(1)
        -4997.7
        """
        return self._at(density.logpdf, x)

    def cdf(self, x: ArrayLike) -> Floats:
        r"""Probability of a value below ``x``, :math:`F(x) = \sum_k w_k \Phi((x-\mu_k)/\sigma_k)`.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).cdf([0.1, 0.2])
        array([0.25, 0.5 ])
        """
        return self._at(density.cdf, x)

    def sf(self, x: ArrayLike) -> Floats:
        """Probability of a value above ``x``: ``1 - cdf``, with all its digits in the upper tail.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> print(f"{GaussianMixture([1.0], [0.0], [1.0]).sf(10.0):.3g}")
        7.62e-24
        """
        return self._at(density.sf, x)

    def probability_below(self, x: ArrayLike) -> Floats:
        """Probability of a value below ``x``; the name that :meth:`cdf` has in an answer.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).probability_below(0.2)
        np.float64(0.5)
        """
        return self.cdf(x)

    def probability_above(self, x: ArrayLike) -> Floats:
        """Probability of a value above ``x``.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).probability_above(0.1)
        np.float64(0.75)
        """
        return self.sf(x)

    def probability_between(self, low: ArrayLike, high: ArrayLike) -> Floats:
        """Probability of a value between ``low`` and ``high``, exact also far out in a tail.

        Raises
        ------
        ValueError
            A ``low`` that exceeds its ``high``.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).probability_between(0.1, 0.3)
        np.float64(0.5)
        """
        low, high = np.asarray(low), np.asarray(high)
        if (low > high).any():
            raise ValueError("probability_between: low exceeds high")
        return self._at(density.between, low, high)

    def quantile(self, levels: ArrayLike) -> Floats:
        """Value that is exceeded with probability ``1 - level``.

        Bracketed, and proved or bisected to machine precision for any separation of the components
        (see :mod:`thetamix.mixture.quantiles`); quantiles of ordered levels are ordered.

        Parameters
        ----------
        levels
            Probabilities in [0, 1]: one, or a one-dimensional array of them.

        Returns
        -------
        ndarray
            :attr:`shape`, followed by an axis for the levels where they are an array.

        Raises
        ------
        ValueError
            A level outside [0, 1], or levels of more than one dimension.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> mixture.quantile([0.25, 0.5, 0.75])
        array([0.1, 0.2, 0.3])
        """
        p = np.asarray(levels, dtype=np.float64)
        if p.ndim > 1:
            raise ValueError(f"quantile: levels have {p.ndim} dimensions; they may have one")
        flat = np.atleast_1d(p)
        if not ((flat >= 0.0) & (flat <= 1.0)).all():
            raise ValueError(f"quantile: levels must be within [0, 1], not {flat}")
        values = self._rows.evaluate(
            lambda w, m, s: quantiles.quantile(w, m, s, flat),
            width=QUANTILE_WIDTH * self.n_components * max(flat.size, 1),
            outputs=flat.size,
        )
        values = values.reshape(p.shape + self.shape)
        return np.moveaxis(values, range(p.ndim), range(-p.ndim, 0))[()]

    def interval(self, level: ArrayLike) -> tuple[Floats, Floats]:
        """Central interval: the quantiles ``(1 - level)/2`` and ``(1 + level)/2``.

        Parameters
        ----------
        level
            Probability within the interval, in [0, 1]: one, or a one-dimensional array.

        Returns
        -------
        low, high
            Each as :meth:`quantile` gives them.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> low, high = GaussianMixture([1.0], [0.0], [1.0]).interval(0.95)
        >>> round(float(low), 2), round(float(high), 2)
        (-1.96, 1.96)
        """
        half = 0.5 * np.asarray(level, dtype=np.float64)
        return self.quantile(0.5 - half), self.quantile(0.5 + half)

    def sample(self, rng: np.random.Generator, size: int | None = None) -> Floats:
        """Draw values: a component by its weight, then a Gaussian.

        Parameters
        ----------
        rng
            Source of random numbers.
        size
            Draws from every mixture; by default one, without an axis for it.

        Returns
        -------
        ndarray
            :attr:`shape`, followed by ``size`` where it is given.

        Examples
        --------
        >>> from thetamix.mixture import GaussianMixture
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> mixture.sample(np.random.default_rng(1), 4).shape
        (4,)
        """

        def draw(w: Floats, m: Floats, s: Floats) -> Floats:
            below = np.cumsum(w, axis=0)[:-1, None]
            chosen = (rng.random((size or 1, w.shape[1])) >= below).sum(axis=0)
            noise = rng.standard_normal(chosen.shape)
            noise *= np.take_along_axis(s, chosen, axis=0)
            noise += np.take_along_axis(m, chosen, axis=0)
            return np.asarray(noise)

        draws = 1 if size is None else size
        width = self.n_components * max(draws, 1)
        values = self._rows.evaluate(draw, width=width, outputs=draws)
        if size is None:
            return values.reshape(self.shape)[()]
        return np.moveaxis(values.reshape((size, *self.shape)), 0, -1)

    def _at(self, kernel: Callable[..., Floats], *arguments: ArrayLike) -> Floats:
        """Evaluate a function of columns at points that broadcast against the mixtures."""
        flat, restore = align(self.shape, *(floating(a) for a in arguments))
        return np.asarray(restore(self._rows.evaluate(kernel, *flat)))[()]


def floating(values: ArrayLike) -> NDArray[Any]:
    """Keep float32 and float64 as they are; anything else becomes float64."""
    array = np.asarray(values)
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
