"""Modes against a fine grid, and where climbing from the means or a grid goes wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.mixture import GaussianMixture

repeatable = settings(derandomize=True, deadline=None)


def grid_modes(mixture, points=20_000):
    """Local maxima of the log density on a grid over the span of the means."""
    used = mixture.weight > 0
    low, high = mixture.mean[used].min(), mixture.mean[used].max()
    margin = 0.01 * (high - low) + mixture.sd[used].max() * 0.1
    x = np.linspace(low - margin, high + margin, points)
    y = mixture.logpdf(x)
    # a grid that straddles a mode symmetrically sees two equal values
    keep = np.r_[True, np.diff(y) != 0]
    x, y = x[keep], y[keep]
    inner = (y[1:-1] > y[:-2]) & (y[1:-1] > y[2:])
    return x[1:-1][inner]


def test_modes_are_those_of_a_grid(random_mixtures):
    for k in (2, 3, 4, 8, 20):
        weight, mean, sd = random_mixtures(60, k, seed=k)
        mixtures = GaussianMixture(weight, mean, sd)
        found = mixtures.modes()
        for i in range(60):
            expected = grid_modes(mixtures[i])
            assert found.count[i] == len(expected)
            step = 0.9 / 20_000
            np.testing.assert_allclose(found.place[i, : len(expected)], expected, atol=step)


@repeatable
@given(st.lists(st.tuples(st.floats(-3, 0), st.floats(0, 1), st.floats(-2, 0)), min_size=1, max_size=6))
def test_drawn_mixtures_have_the_modes_of_a_grid(components):
    log_weight, mean, log_sd = np.array(components).T
    weight = 10.0**log_weight
    mixture = GaussianMixture(weight / weight.sum(), mean, 10.0**log_sd)
    # the grid cannot tell a dip of a millionth from none, so it need only agree where it can
    strict, visible = mixture.mode_count(), mixture.mode_count(dip=1 - 1e-7)
    assert visible <= len(grid_modes(mixture)) <= strict or visible == strict


def test_mode_between_the_means_is_found():
    """Climbing from the means finds two of these three."""
    mixture = GaussianMixture([0.49, 0.49, 0.01, 0.01], [-0.8, 0.8, -0.8, 0.8], [1, 1, 0.05, 0.05])
    modes = mixture.modes()
    assert modes.count == 3
    np.testing.assert_allclose(modes.place, [-0.79728065, 0.0, 0.79728065], atol=1e-8)
    np.testing.assert_allclose(modes.height, mixture.pdf(modes.place), rtol=1e-14)


@pytest.mark.parametrize(("half", "count"), [(0.9, 1), (0.9999, 1), (1.0, 1), (1.0001, 2), (3, 2)])
def test_two_equal_components_part_at_two_sd(half, count):
    """Two equal Gaussians are bimodal from a distance of more than 2 sd (Helguero 1904)."""
    for sd, centre in ((1.0, 0.0), (1e-6, 0.3), (1e3, -7.0)):
        mixture = GaussianMixture([0.5, 0.5], [centre - half * sd, centre + half * sd], sd)
        assert mixture.mode_count() == count


def test_narrow_modes_that_a_grid_misses():
    mean = np.array([0.1, 0.1000301, 0.25, 0.4])
    sd = np.array([1e-6, 1e-6, 0.1, 1e-7])
    modes = GaussianMixture([0.1, 0.1, 0.7, 0.1], mean, sd).modes()
    assert modes.count == 4
    np.testing.assert_allclose(modes.place, np.sort(mean), atol=2e-3)


def test_places_are_zeros_of_the_slope(hard):
    mixture = GaussianMixture(*hard)
    modes = mixture.modes()
    assert modes.count >= 1
    assert (np.diff(modes.place) > 0).all()
    used = hard.weight > 0
    h = 1e-3 * hard.sd[used].min()
    for x, y in zip(modes.place, modes.height, strict=True):
        assert mixture.pdf(x - h) <= y * (1 + 1e-12)
        assert mixture.pdf(x + h) <= y * (1 + 1e-12)


def test_component_order_and_scale_do_not_matter(hard):
    weight, mean, sd = hard
    modes = GaussianMixture(weight, mean, sd).modes()
    turned = GaussianMixture(weight[::-1], mean[::-1], sd[::-1]).modes()
    larger = GaussianMixture(weight, 64.0 * mean, 64.0 * sd).modes()
    mirrored = GaussianMixture(weight, -mean, sd).modes()
    assert modes.count == turned.count == larger.count == mirrored.count
    atol = 1e-4 * sd.max()  # where three zeros of the slope are about to meet, one is not sharp
    np.testing.assert_allclose(turned.place, modes.place, atol=atol)
    np.testing.assert_allclose(larger.place / 64.0, modes.place, atol=atol)
    np.testing.assert_allclose(-mirrored.place[::-1], modes.place, atol=atol)


def test_count_alone_is_the_count_of_the_modes(random_mixtures):
    mixture = GaussianMixture(*random_mixtures(4000, 3))
    modes = mixture.modes()
    np.testing.assert_array_equal(mixture.mode_count(), modes.count)
    np.testing.assert_array_equal(np.isfinite(modes.place).sum(axis=-1), modes.count)
    np.testing.assert_array_equal(mixture.mode_count(dip=0.9), mixture.modes(dip=0.9).count)


class TestDip:
    def test_shallow_dips_join_their_modes(self):
        mixture = GaussianMixture([0.5, 0.5], [0.0, 2.2], 1.0)
        low = float(mixture.pdf(1.1) / mixture.modes().height.min())
        assert mixture.mode_count(dip=low + 1e-9) == 2
        assert mixture.mode_count(dip=low - 1e-9) == 1

    def test_the_higher_mode_remains(self):
        mixture = GaussianMixture([0.4, 0.6], [0.0, 2.6], 1.0)
        both, one = mixture.modes(), mixture.modes(dip=0.5)
        assert (both.count, one.count) == (2, 1)
        assert one.place == both.place[1]
        assert one.height == both.height[1]

    def test_is_what_merging_one_by_one_gives(self, random_mixtures):
        weight, mean, sd = random_mixtures(400, 8)
        mixtures = GaussianMixture(weight, mean, 0.3 * sd)
        modes, merged = mixtures.modes(), mixtures.modes(dip=0.8)
        for i in range(400):
            n = int(modes.count[i])
            places = list(modes.place[i, :n])
            expected = merge_one_by_one(mixtures[i], places, 0.8)
            assert merged.place[i, : int(merged.count[i])].tolist() == expected

    @pytest.mark.parametrize("dip", [0.0, 1.1, -1.0])
    def test_refuses_what_is_no_fraction(self, dip):
        with pytest.raises(ValueError, match="dip"):
            GaussianMixture([1.0], [0.0], [1.0]).modes(dip)


def merge_one_by_one(mixture, places, dip):
    """The dip rule as one would do it by hand, with antimodes from a grid."""
    places = list(places)
    while len(places) > 1:
        heights = [float(mixture.pdf(x)) for x in places]
        ratios = []
        for i in range(len(places) - 1):
            between = np.linspace(places[i], places[i + 1], 4001)
            ratios.append(mixture.pdf(between).min() / min(heights[i], heights[i + 1]))
        worst = int(np.argmax(ratios))
        if ratios[worst] <= dip:
            break
        places.pop(worst if heights[worst] <= heights[worst + 1] else worst + 1)
    return places


@pytest.mark.parametrize("dip", [0.5, 0.9, 1.0])
def test_both_counts_in_one_go(random_mixtures, dip):
    weight, mean, sd = random_mixtures(400, 4)
    mean[7] = np.nan
    mixture = GaussianMixture(weight, mean, sd)
    strict, parted = mixture.mode_counts(dip)
    np.testing.assert_array_equal(strict, mixture.mode_count())
    np.testing.assert_array_equal(parted, mixture.modes(dip).count)
    assert np.nanmin(strict) < np.nanmax(strict)
    single, other = mixture[0].mode_counts(dip)
    assert (single, other) == (strict[0], parted[0])
