"""Properties that hold for every mixture, over a table of hard ones and drawn ones."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.mixture import GaussianMixture

repeatable = settings(derandomize=True, deadline=None)

LEVELS = np.array([1e-9, 1e-3, 0.025, 0.2, 1 / 3, 0.5, 0.7, 0.8, 0.975, 0.999, 1 - 1e-9])


def drawn(most: int = 6) -> st.SearchStrategy[GaussianMixture]:
    """Draw mixtures with weights down to 1e-12 and widths over five magnitudes."""
    component = st.tuples(st.floats(-12, 0), st.floats(-1, 1), st.floats(-5, 0))

    def build(components: list[tuple[float, float, float]]) -> GaussianMixture:
        log_weight, mean, log_sd = np.array(components).T
        weight = 10.0**log_weight
        return GaussianMixture(weight / weight.sum(), mean, 10.0**log_sd)

    return st.lists(component, min_size=1, max_size=most).map(build)


def scale(mixture: GaussianMixture) -> float:
    return float(np.sqrt(mixture.variance()) + np.abs(mixture.expectation()))


class TestDistribution:
    def test_density_integrates_to_one(self, hard, integrate):
        assert integrate(GaussianMixture(*hard).pdf, hard) == pytest.approx(1.0, abs=1e-12)

    def test_density_is_slope_of_distribution(self, hard):
        mixture = GaussianMixture(*hard)
        x = hard.mean + 0.7 * hard.sd
        h = 1e-4 * hard.sd[hard.weight > 0].min()
        slope = mixture.probability_between(x - h, x + h) / ((x + h) - (x - h))
        np.testing.assert_allclose(mixture.pdf(x), slope, rtol=1e-4)

    def test_log_density_is_log_of_density(self, hard):
        mixture = GaussianMixture(*hard)
        x = hard.mean + 3.0 * hard.sd
        np.testing.assert_allclose(np.exp(mixture.logpdf(x)), mixture.pdf(x), rtol=1e-10)

    def test_log_density_has_no_floor(self):
        far = GaussianMixture([0.3, 0.7], [0.0, 0.1], [1e-6, 1e-4]).logpdf([1.1, -1e30, np.inf])
        z = (1.1 - 0.1) / 1e-4
        expected = np.log(0.7) - np.log(1e-4) - 0.5 * np.log(2 * np.pi) - 0.5 * z * z
        assert far[0] == pytest.approx(expected, rel=1e-12)
        assert np.isfinite(far[1])
        assert far[2] == -np.inf

    def test_tails_complement_and_keep_their_digits(self, hard):
        mixture = GaussianMixture(*hard)
        x = hard.mean
        np.testing.assert_allclose(mixture.cdf(x) + mixture.sf(x), 1.0, rtol=1e-14)
        used = hard.weight > 0
        far = float((hard.mean + 12.0 * hard.sd)[used].max())
        z = (far - hard.mean) / hard.sd
        expected = (hard.weight * scipy.stats.norm.sf(z)).sum()
        assert mixture.probability_above(far) == pytest.approx(expected, rel=1e-12)
        beyond = mixture.probability_between(far, far + 9.0 * hard.sd[used].max())
        assert beyond == pytest.approx(expected, rel=1e-6)

    def test_between_is_difference(self, hard):
        mixture = GaussianMixture(*hard)
        low, high = hard.mean - hard.sd, hard.mean + 2 * hard.sd
        expected = mixture.cdf(high) - mixture.cdf(low)
        np.testing.assert_allclose(mixture.probability_between(low, high), expected, atol=1e-14)
        with pytest.raises(ValueError, match="low exceeds high"):
            mixture.probability_between(0.2, 0.1)

    def test_one_component_is_scipys_normal(self):
        one, norm = GaussianMixture([1.0], [0.3], [0.02]), scipy.stats.norm(0.3, 0.02)
        x = np.linspace(0.1, 0.5, 41)
        for name in ("pdf", "logpdf", "cdf", "sf"):
            np.testing.assert_allclose(getattr(one, name)(x), getattr(norm, name)(x), rtol=1e-10)
        np.testing.assert_allclose(one.quantile(LEVELS), norm.ppf(LEVELS), rtol=1e-14)
        np.testing.assert_allclose(one.interval(0.9), norm.interval(0.9), rtol=1e-14)
        assert one.expectation() == norm.mean()
        assert one.variance() == pytest.approx(norm.var())
        assert one.skewness() == 0.0
        assert one.modes().place == [0.3]
        assert one.mean_difference() == pytest.approx(0.04 / np.sqrt(np.pi), rel=1e-13)

    def test_moments_are_integrals(self, hard, integrate):
        mixture = GaussianMixture(*hard)
        mean, sd = mixture.expectation(), np.sqrt(mixture.variance())

        def moment(power):
            return integrate(lambda x: ((x - mean) / sd) ** power * mixture.pdf(x), hard)

        assert moment(1) == pytest.approx(0.0, abs=1e-9)
        assert moment(2) == pytest.approx(1.0, abs=1e-9)
        assert moment(3) == pytest.approx(float(mixture.skewness()), abs=1e-8)

    @repeatable
    @given(drawn())
    def test_component_order_does_not_matter(self, mixture):
        turned = GaussianMixture(mixture.weight[::-1], mixture.mean[::-1], mixture.sd[::-1])
        size = scale(mixture)
        x = mixture.mean[0] + 0.3 * mixture.sd[0]
        for name in ("pdf", "logpdf", "cdf", "sf", "crps"):
            ours, theirs = getattr(mixture, name)(x), getattr(turned, name)(x)
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-13 * size)
        for name in ("expectation", "variance", "mean_difference"):
            ours, theirs = getattr(mixture, name)(), getattr(turned, name)()
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-13 * size)
        assert mixture.mode_count() == turned.mode_count()
        assert mixture.wasserstein(turned) == pytest.approx(0.0, abs=1e-10 * size)


class TestPool:
    def test_is_the_mean_of_the_distributions(self, random_mixtures):
        a, b = (GaussianMixture(*random_mixtures(20, k, seed=k)) for k in (2, 3))
        pool = GaussianMixture.pool([a, b], [0.25, 0.75])
        assert pool.n_components == 5
        np.testing.assert_allclose(pool.cdf(0.2), 0.25 * a.cdf(0.2) + 0.75 * b.cdf(0.2))

    @repeatable
    @given(drawn(3), drawn(3), drawn(3))
    def test_is_associative(self, a, b, c):
        pool = GaussianMixture.pool
        left = pool([pool([a, b]), c], [2 / 3, 1 / 3])
        right = pool([a, pool([b, c])], [1 / 3, 2 / 3])
        x = [-0.5, 0.0, 0.3]
        for one in (left, right):
            np.testing.assert_allclose(one.cdf(x), pool([a, b, c]).cdf(x), rtol=1e-12)

    def test_weights_may_differ_by_row(self):
        a, b = GaussianMixture([1.0], [0.0], [1.0]), GaussianMixture([1.0], [1.0], [1.0])
        pool = GaussianMixture.pool([a, b], [[0.2, 1.0], [0.8, 0.0]])
        np.testing.assert_allclose(pool.expectation(), [0.8, 0.0])

    def test_keeps_float32(self):
        a = GaussianMixture(*(np.ones((4, 1), np.float32) for _ in range(3)))
        assert GaussianMixture.pool([a, a, a]).weight.dtype == np.float32

    def test_refuses_nonsense(self):
        one = GaussianMixture([1.0], [0.0], [1.0])
        with pytest.raises(ValueError, match="no mixtures"):
            GaussianMixture.pool([])
        with pytest.raises(ValueError, match="1 weights for 2"):
            GaussianMixture.pool([one, one], [1.0])
        with pytest.raises(ValueError, match=r"sum to 0\.9"):
            GaussianMixture.pool([one, one], [0.5, 0.4])


class TestSample:
    def test_is_drawn_from_the_mixture(self):
        mixture = GaussianMixture([0.2, 0.8], [[0.1, 0.4], [0.3, 0.3]], 0.02)
        draws = mixture.sample(np.random.default_rng(1), 4000)
        assert draws.shape == (2, 4000)
        for i in range(2):
            assert scipy.stats.kstest(draws[i], mixture[i].cdf).pvalue > 0.01

    def test_single_draw_has_no_axis(self):
        mixture = GaussianMixture([0.2, 0.8], [[0.1, 0.4], [np.nan, 0.3]], 0.02)
        draw = mixture.sample(np.random.default_rng(1))
        assert draw.shape == (2,)
        assert np.isfinite(draw).tolist() == [True, False]
        assert mixture.sample(np.random.default_rng(1), 0).shape == (2, 0)


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


def test_importing_the_room_imports_neither_torch_nor_xarray():
    code = "import sys, thetamix.mixture; print(*{'torch', 'xarray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
