"""What holds for every mixture: order and pooling; and what importing one costs."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.mixture import GaussianMixture

repeatable = settings(derandomize=True, deadline=None)


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


@repeatable
@given(drawn())
def test_component_order_does_not_matter(mixture):
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


def test_importing_the_room_imports_neither_torch_nor_xarray():
    code = "import sys, thetamix.mixture; print(*{'torch', 'xarray'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
