"""Shapes, missing rows, refusals and memory: what every method shares."""

import tracemalloc

import numpy as np
import pytest
import scipy.stats

from thetamix.mixture import GaussianMixture
from thetamix.mixture.rows import align


class TestShapes:
    def test_readings_of_replicates_may_stand_first_or_last(self, random_mixtures):
        mixture = GaussianMixture(*random_mixtures(50, 3))
        readings = np.random.default_rng(0).uniform(0, 0.6, (3, 50))
        one_by_one = np.stack([mixture.crps(r) for r in readings])
        np.testing.assert_allclose(mixture.crps(readings), one_by_one, rtol=1e-12)
        np.testing.assert_allclose(mixture[:, None].crps(readings.T), one_by_one.T, rtol=1e-12)

    def test_broadcasting_is_numpys(self, random_mixtures):
        w, m, s = (a.reshape(5, 1, 4, 3) for a in random_mixtures(20, 3))
        mixture = GaussianMixture(w, m, s)
        x = np.random.default_rng(0).uniform(0, 0.6, (2, 1, 7, 1))
        got = mixture.cdf(x)
        z = (x[..., None] - m) / s
        assert got.shape == (2, 5, 7, 4)
        np.testing.assert_allclose(got, (w * scipy.stats.norm.cdf(z)).sum(-1), rtol=1e-12)
        assert mixture.quantile([0.2, 0.8]).shape == (5, 1, 4, 2)
        assert mixture.quantile(0.2).shape == (5, 1, 4)
        assert mixture[1:3, 0].shape == (2, 4)
        assert mixture[..., None].shape == (5, 1, 4, 1)
        assert mixture[0].shape == (1, 4)

    def test_pieces_do_not_show(self, random_mixtures):
        given = random_mixtures(30_000, 3)
        mixture, x = GaussianMixture(*given), 0.2
        sample = np.r_[0:30_000:997]
        few = mixture[sample]
        assert few.shape == (31,)
        for name in ("cdf", "crps"):
            whole = getattr(mixture, name)(x)[sample]
            np.testing.assert_array_equal(whole, getattr(few, name)(x))
        np.testing.assert_allclose(mixture.quantile([0.2, 0.8])[sample], few.quantile([0.2, 0.8]), rtol=1e-12)
        np.testing.assert_array_equal(mixture.mode_count()[sample], few.mode_count())

    def test_no_rows_and_no_readings(self):
        none = GaussianMixture(np.ones((0, 1)), np.ones((0, 1)), np.ones((0, 1)))
        assert none.crps(0.1).shape == (0,)
        assert none.quantile([0.1, 0.2]).shape == (0, 2)
        assert none.modes().place.shape == (0, 0)
        assert none.wasserstein(none).shape == (0,)
        assert GaussianMixture([1.0], [0.0], [1.0]).crps(np.ones((3, 0))).shape == (3, 0)

    def test_parameters_are_not_copied_and_results_are_float64(self):
        mean = np.zeros((9, 2), np.float32)
        mixture = GaussianMixture(np.float32([0.5, 0.5]), mean, np.float32(0.1))
        assert np.shares_memory(mixture.mean, mean)
        assert mixture.sd.dtype == np.float32
        assert mixture.crps(np.float32(0.1)).dtype == np.float64

    def test_float32_weights_are_renormalised(self):
        third = np.float32([1 / 3, 1 / 3, 1 / 3])
        mixture = GaussianMixture(third, [0.1, 0.2, 0.3], 0.02)
        assert mixture.cdf(9.0) == 1.0
        assert mixture.expectation() == pytest.approx(0.2, abs=1e-16)


class TestMissing:
    @pytest.fixture
    def gappy(self):
        mean = np.array([[0.1, 0.3], [np.nan, 0.3], [0.2, 0.2]])
        return GaussianMixture([0.5, 0.5], mean, 0.02)

    def test_rows_with_nan_are_nan(self, gappy):
        missing = [False, True, False]
        results = [
            *(getattr(gappy, name)(0.2) for name in ("pdf", "logpdf", "cdf", "sf", "crps")),
            *(getattr(gappy, name)() for name in ("expectation", "variance", "skewness")),
            gappy.mean_difference(),
            gappy.mode_count(),
            gappy.modes(0.9).count,
            gappy.quantile(0.3),
            gappy.wasserstein([0.1, 0.2]),
            gappy.wasserstein(gappy[0]),
            gappy.probability_between(0.1, 0.2),
            GaussianMixture.pool([gappy, gappy[0]]).expectation(),
        ]
        for result in results:
            assert np.isnan(result).tolist() == missing
        assert np.isnan(gappy.modes().place).all(axis=-1).tolist() == missing

    def test_missing_readings_are_missing_scores(self, gappy):
        scores = gappy.crps([[np.nan, 0.1, 0.2], [0.1, 0.1, np.nan]])
        assert np.isnan(scores).tolist() == [[True, True, False], [False, True, True]]
        assert np.isnan(gappy.wasserstein([0.1, np.nan])).all()

    def test_nothing_but_missing(self):
        nothing = GaussianMixture([1.0], np.full((3, 1), np.nan), 0.02)
        assert np.isnan(nothing.modes().count).all()
        assert nothing.modes().place.shape == (3, 0)


class TestRefused:
    @pytest.mark.parametrize(
        ("weight", "mean", "sd", "complaint"),
        [
            ([0.5, 0.4], [0, 1], 1, r"row 1, 2: the weights sum to 0.9; they must sum to 1"),
            ([1.5, -0.5], [0, 1], 1, r"row 1, 2: weight of component 1 is -0.5; .* not negative"),
            ([0.5, 0.5], [0, np.inf], 1, r"row 1, 2: mean of component 1 is inf; .* finite"),
            ([0.5, 0.5], [0, 1], [1, 0], r"row 1, 2: sd of component 1 is 0; .* positive"),
            ([0.5, 0.5], [0, 1], [-1, 1], r"row 1, 2: sd of component 0 is -1; .* positive"),
            ([0.5, 0.5], [0, 1], [np.inf, 1], r"row 1, 2: sd of component 0 is inf; .* finite"),
            ([0.5, np.inf], [0, 1], [1, 1], r"row 1, 2: weight of component 1 is inf"),
        ],
    )
    def test_names_the_first_bad_row_and_why(self, weight, mean, sd, complaint):
        good = np.tile([[0.5, 0.5], [0.0, 1.0], [1.0, 1.0]], (3, 4, 1, 1))
        good[0, 0, 1] = np.nan
        good[1, 2] = [weight, mean, np.broadcast_to(sd, 2)]
        good[2, 0, 2] = -7.0
        with pytest.raises(ValueError, match=complaint):
            GaussianMixture(good[:, :, 0], good[:, :, 1], good[:, :, 2])

    def test_names_a_row_behind_missing_ones_and_in_a_later_piece(self):
        mean, sd = np.full((50_000, 2), 0.3), np.full((50_000, 2), 0.1)
        mean[:40_000:3] = np.nan
        sd[41_234, 1] = 0.0
        with pytest.raises(ValueError, match="row 41234: sd of component 1"):
            GaussianMixture([0.5, 0.5], mean, sd)

    def test_single_mixture_has_no_row(self):
        with pytest.raises(ValueError, match="the mixture: sd"):
            GaussianMixture([1.0], [0.0], [0.0])
        with pytest.raises(ValueError, match="at least one component"):
            GaussianMixture(1.0, 0.0, 1.0)


class TestMemory:
    def test_needs_little_more_than_its_results(self, random_mixtures):
        n = 200_000
        mixture = GaussianMixture(*(a.astype(np.float32) for a in random_mixtures(n, 3)))
        for call, numbers in (
            (lambda: mixture.crps(0.2), 1),
            (lambda: mixture.quantile([0.2, 0.8]), 2),
            (mixture.mode_count, 1),
        ):
            tracemalloc.start()
            call()
            extra = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert extra < 8 * numbers * n + 10e6

    def test_missing_rows_cost_nothing(self, random_mixtures):
        """They never reach the kernel."""
        weight, mean, sd = random_mixtures(1000, 3)
        mean[100:, 1] = np.nan
        seen = []

        def kernel(weight, *rest):
            seen.append(weight.shape[1])
            return rest[-1]

        readings = np.full((1, 1000), 0.2)
        readings[0, :10] = np.nan
        GaussianMixture(weight, mean, sd)._rows.evaluate(kernel, readings)
        assert sum(seen) == 90


@pytest.mark.parametrize(
    ("lead", "given"),
    [((), (3,)), ((4,), (3, 4)), ((4, 1), (4, 3)), ((2, 1, 4), (5, 1, 3, 1)), ((1,), (1,))],
)
def test_aligning_and_restoring_is_broadcasting(lead, given):
    x = np.random.default_rng(0).random(given)
    (flat,), restore = align(lead, x)
    assert flat.shape[1] == np.prod(lead, dtype=int)
    np.testing.assert_array_equal(restore(flat), np.broadcast_to(x, restore(flat).shape))
    assert restore(flat).shape == np.broadcast_shapes(lead, given)
