"""The distribution that everything in thetamix is made of: a mixture of Gaussians, on arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from thetamix.mixture import distance, modality, moments, transport
from thetamix.mixture.distribution import Distribution, floating
from thetamix.mixture.modality import Modes
from thetamix.mixture.rows import Floats, align
from thetamix.mixture.verification import Verification, verify

MODES_WIDTH = 4  # arrays per component at work at once: pieces stay in the cache
TRANSPORT_WIDTH = 8


class GaussianMixture(Distribution):
    r"""Mixtures of Gaussians :math:`\sum_k w_k N(\mu_k, \sigma_k^2)`, any number of them at once.

    Parameters
    ----------
    weight, mean, sd
        Shapes that broadcast to ``(..., K)``, component last. Weights are not negative and sum to
        one within 1e-4 (they are divided by their sum); a component of weight zero has no effect.
        Standard deviations are positive.

    Raises
    ------
    ValueError
        Parameters that are no mixture; the message names the first such row.

    Notes
    -----
    float32 and float64 are kept as they are, without a copy; every result is float64, computed in
    pieces that fit the processor's cache. A row with NaN in any parameter is missing: all its results
    are NaN, and it costs nothing.

    Arguments broadcast against :attr:`shape`, and a mixture that meets several readings is worked out
    once: readings of three replicates with shape ``(3, n)`` go with mixtures of shape ``(n,)``,
    readings of shape ``(n, 3)`` with ``mixture[:, None]``.

    Examples
    --------
    >>> mixture = GaussianMixture([0.5, 0.5], [[0.1, 0.3], [0.2, 0.2]], 0.02)
    >>> mixture
    GaussianMixture(shape=(2,), n_components=2)
    >>> mixture.expectation()
    array([0.2, 0.2])
    >>> mixture.quantile([0.2, 0.8]).round(3)
    array([[0.095, 0.305],
           [0.183, 0.217]])
    """

    def expectation(self) -> Floats:
        r"""Mean, :math:`\sum_k w_k \mu_k`; shape :attr:`shape`.

        Examples
        --------
        >>> GaussianMixture([0.25, 0.75], [0.1, 0.5], [0.02, 0.02]).expectation()
        np.float64(0.4)
        """
        return self._rows.evaluate(moments.expectation).reshape(self.shape)[()]

    def variance(self) -> Floats:
        r"""Variance, :math:`\sum_k w_k (\sigma_k^2 + (\mu_k - \mu)^2)`; shape :attr:`shape`.

        Examples
        --------
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).variance().round(6)
        np.float64(0.0104)
        """
        return self._rows.evaluate(moments.variance).reshape(self.shape)[()]

    def skewness(self) -> Floats:
        """Third central moment over the cube of the standard deviation; shape :attr:`shape`.

        Examples
        --------
        >>> GaussianMixture([0.9, 0.1], [0.1, 0.3], [0.02, 0.02]).skewness().round(3)
        np.float64(2.277)
        """
        return self._rows.evaluate(moments.skewness).reshape(self.shape)[()]

    def crps(self, obs: ArrayLike) -> Floats:
        r"""Continuous ranked probability score, :math:`E|X - y| - \tfrac12 E|X - X'|`.

        In closed form (Grimit et al. 2006, doi:10.1256/qj.05.235); for more than 16 components the
        second part is summed over harmonics with a bounded error (:mod:`.spectral`). It is computed
        once for all the readings of a row.

        Parameters
        ----------
        obs
            Readings; their shape broadcasts against :attr:`shape`.

        Returns
        -------
        ndarray
            Score in the units of the readings; smaller is better.

        Examples
        --------
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> mixture.crps([0.1, 0.2, 0.3]).round(4)
        array([0.0523, 0.0444, 0.0523])
        """
        [flat], restore = align(self.shape, floating(obs))
        score = self._rows.evaluate(distance.expected_distance, flat)
        score -= 0.5 * self._rows.evaluate(distance.mean_difference)
        return np.asarray(restore(score))[()]

    def verify(self, obs: ArrayLike) -> Verification:
        """Return all that readings say of the mixtures: quicker than one after the other.

        Parameters
        ----------
        obs
            Readings; their shape broadcasts against :attr:`shape`.

        Returns
        -------
        Verification
            What :meth:`cdf`, :meth:`logpdf` and :meth:`crps` give.

        Examples
        --------
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02]).verify([0.1, 0.2]).crps.round(4)
        array([0.0523, 0.0444])
        """
        [flat], restore = align(self.shape, floating(obs))
        readings = len(flat)
        width = self.n_components * max(readings, 1)
        table = self._rows.evaluate(verify, flat, width=width, outputs=3 * readings)
        table[2 * readings :] -= 0.5 * self._rows.evaluate(distance.mean_difference)
        return Verification(*(np.asarray(restore(part))[()] for part in table.reshape(3, readings, -1)))

    def mean_difference(self) -> Floats:
        """Mean distance between two independent draws (Gini's); shape :attr:`shape`.

        Examples
        --------
        >>> GaussianMixture([1.0], [0.3], [0.02]).mean_difference().round(5)
        np.float64(0.02257)
        """
        return self._rows.evaluate(distance.mean_difference).reshape(self.shape)[()]

    def mode_count(self, dip: float | None = None) -> Floats:
        """Count the modes of each mixture: :meth:`modes` without places, which is faster.

        Examples
        --------
        >>> GaussianMixture([0.5, 0.5], [[0.1, 0.3], [0.2, 0.2]], 0.02).mode_count()
        array([2., 1.])
        """
        if dip is not None:
            return self.modes(dip).count
        width = MODES_WIDTH * self.n_components
        count = self._rows.evaluate(modality.count_modes, width=width)
        return count.reshape(self.shape)[()]

    def mode_counts(self, dip: float) -> tuple[Floats, Floats]:
        """Count the modes of each mixture without and with the dip rule of :meth:`modes`, in one go.

        Examples
        --------
        >>> GaussianMixture([0.5, 0.5], [0.1, 0.142], 0.02).mode_counts(0.9)
        (np.float64(2.0), np.float64(1.0))
        """
        strict, parted = self._rows.evaluate(
            lambda w, m, s: modality.count_modes_and_dips(w, m, s, dip),
            width=MODES_WIDTH * self.n_components,
            outputs=2,
        )
        return strict.reshape(self.shape)[()], parted.reshape(self.shape)[()]

    def modes(self, dip: float | None = None) -> Modes:
        """Find the modes of each mixture; none is missed (see :mod:`thetamix.mixture.modality`).

        Parameters
        ----------
        dip
            By default every mode counts. Else two neighbouring modes count as one, the higher, unless
            the antimode between them is at most this fraction of the lower: 0.9 asks for a dip of a
            tenth.

        Returns
        -------
        Modes
            Count, places and heights.

        Examples
        --------
        >>> three = GaussianMixture([0.49, 0.49, 0.01, 0.01], [-0.8, 0.8, -0.8, 0.8], [1, 1, 0.05, 0.05])
        >>> modes = three.modes()
        >>> float(modes.count), modes.place.round(2) + 0.0
        (3.0, array([-0.8,  0. ,  0.8]))
        """
        if dip is not None and not 0.0 < dip <= 1.0:
            raise ValueError(f"modes: dip must be within (0, 1], not {dip}")
        n = self._rows.present.size
        count = np.full(n, np.nan)
        pieces = []
        for index, w, m, s in self._rows.columns(MODES_WIDTH * self.n_components):
            count[index], place, height = modality.ordered_modes(w, m, s, dip)
            pieces.append((index, place, height))
        most = int(np.nanmax(count)) if pieces else 0
        table = np.full((2, n, most), np.nan)
        for index, *values in pieces:
            for target, value in zip(table, values, strict=True):
                target[index, : len(value)] = value[:most].T
        place, height = (a.reshape((*self.shape, most)) for a in table)
        return Modes(count.reshape(self.shape)[()], place, height)

    def wasserstein(self, other: "GaussianMixture | ArrayLike") -> Floats:
        r"""Wasserstein-1 distance, :math:`\int |F - G|`, exact (see :mod:`.transport`).

        Parameters
        ----------
        other
            Another mixture, or points of equal weight along the last axis; leading shapes broadcast.

        Examples
        --------
        >>> mixture = GaussianMixture([0.5, 0.5], [0.1, 0.3], [0.02, 0.02])
        >>> mixture.wasserstein(GaussianMixture([1.0], [0.2], [0.02])).round(6)
        np.float64(0.084042)
        >>> mixture.wasserstein([0.1, 0.3]).round(6)
        np.float64(0.015958)
        """
        if not isinstance(other, GaussianMixture):
            return self._distance_to_points(np.asarray(other, dtype=np.float64))
        shape = np.broadcast_shapes(self.shape, other.shape)
        ours, theirs = self._broadcast(shape)._rows, other._broadcast(shape)._rows
        both = ours.present & theirs.present
        width = TRANSPORT_WIDTH * (self.n_components + other.n_components)
        out = np.full(both.size, np.nan)
        pieces = zip(ours.columns(width, both), theirs.columns(width, both), strict=True)
        for (index, *first), (_, *second) in pieces:
            out[index] = transport.distance_to_mixture(first, second)
        return out.reshape(shape)[()]

    @classmethod
    def pool(cls, mixtures: "Sequence[GaussianMixture]", weights: ArrayLike | None = None) -> "GaussianMixture":
        """Mixture of mixtures: the components of all, each with its mixture's share.

        Parameters
        ----------
        mixtures
            Mixtures whose shapes broadcast.
        weights
            Share of each mixture, first axis the mixtures, the others broadcast against their
            shapes; by default equal. They sum to one.

        Returns
        -------
        GaussianMixture
            As many components as the mixtures have together. Where one of them is missing, so is
            the pool.

        Examples
        --------
        >>> a, b = GaussianMixture([1.0], [0.1], [0.02]), GaussianMixture([1.0], [0.3], [0.02])
        >>> GaussianMixture.pool([a, b], [0.25, 0.75]).expectation().round(9)
        np.float64(0.25)
        """
        if not mixtures:
            raise ValueError("pool: no mixtures given")
        count = len(mixtures)
        shares = np.full(count, 1.0 / count) if weights is None else np.asarray(weights, float)
        if len(shares) != count:
            raise ValueError(f"pool: {len(shares)} weights for {count} mixtures")
        shape = np.broadcast_shapes(shares.shape[1:], *(m.shape for m in mixtures))
        parts = []
        for mixture, share in zip(mixtures, shares, strict=True):
            full = (*shape, mixture.n_components)
            scaled = np.broadcast_to(mixture.weight * share[..., None], full)
            parts.append(
                [scaled.astype(mixture.weight.dtype, copy=False)]
                + [np.broadcast_to(a, full) for a in (mixture.mean, mixture.sd)]
            )
        return cls(*(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)))

    def _distance_to_points(self, points: Floats) -> Floats:
        if points.ndim == 0 or not points.shape[-1]:
            raise ValueError("wasserstein: points are needed, along the last axis")
        shape = np.broadcast_shapes(self.shape, points.shape[:-1])
        full = np.broadcast_to(points, (*shape, points.shape[-1]))
        flat = np.moveaxis(full, -1, 0).reshape(points.shape[-1], -1)
        rows = self._broadcast(shape)._rows
        width = self.n_components * len(flat)
        distance = rows.evaluate(transport.distance_to_points, flat, width=width, outputs=1)
        return distance.reshape(shape)[()]

    def _broadcast(self, shape: tuple[int, ...]) -> "GaussianMixture":
        if shape == self.shape:
            return self
        full = (*shape, self.n_components)
        return GaussianMixture(*(np.broadcast_to(a, full) for a in (self.weight, self.mean, self.sd)))
