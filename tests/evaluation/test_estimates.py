"""One mean, one way to margins and seeds: what is undefined is left out and counted, cells count alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from thetamix.evaluation.bootstrap import Units
from thetamix.evaluation.estimates import (
    ALL,
    Estimate,
    cells_of,
    margins_of,
    mean,
    over_seeds,
    with_margins,
    without_draws,
)

VALUES = hnp.arrays(np.float64, (5, 3), elements=st.floats(-1, 1, width=32) | st.just(np.nan))


def estimate(value: float, units=None, n: int = 3) -> Estimate:
    return Estimate(np.float64(value), np.array([value, value + 1]), n, int(np.isnan(value)), units)


@given(VALUES)
def test_the_mean_is_numpys_without_what_is_undefined(values):
    for column, got in zip(values.T, mean(values), strict=True):
        defined = column[np.isfinite(column)]
        assert got == pytest.approx(defined.mean() if defined.size else np.nan, nan_ok=True)


@given(VALUES, hnp.arrays(np.int64, (4, 5), elements=st.integers(0, 3)))
def test_weights_of_a_mean_are_repetitions(values, weights):
    got = mean(values, weights)
    for draw, times in enumerate(weights):
        expected = mean(np.repeat(values, times, axis=0))
        np.testing.assert_allclose(got[draw], expected, atol=1e-12)


@pytest.mark.parametrize("geologies", [("marl", "schist", "sandstone"), ("marl",), (ALL,)])
def test_margins_are_unweighted_means_of_cells_whatever_else_tells_them_apart(geologies):
    rng = np.random.default_rng(0)
    cells = {
        (g, d, kind): without_draws(rng.random(2), 3) for g in geologies for d in ("0.1", "0.3") for kind in "ab"
    }
    expected: dict[tuple[str, ...], list[Estimate]] = {}
    for (group, depth, kind), cell in cells.items():
        for margin in {(group, ALL, kind), (ALL, depth, kind), (ALL, ALL, kind)} - set(cells):
            expected.setdefault(margin, []).append(cell)
    margins = margins_of(cells)
    assert set(margins) == set(expected)
    for label, members in expected.items():
        np.testing.assert_allclose(margins[label].value, np.mean([cell.value for cell in members], axis=0))
        assert margins[label].n == 3 * len(members)


def test_tables_have_series_and_cells_as_they_are_then_geologies_depths_downwards_and_all():
    labels = [("marl", "1", "c1"), ("marl", "1", ALL), ("schist", "0.3", ALL), ("schist", "10", ALL)]
    full = with_margins({label: estimate(0.5) for label in labels})
    assert list(full) == [
        *labels,
        ("marl", ALL, ALL),
        ("schist", ALL, ALL),
        (ALL, "0.3", ALL),
        (ALL, "1", ALL),
        (ALL, "10", ALL),
        (ALL, ALL, ALL),
    ]


def test_an_undefined_cell_is_left_out_of_means():
    cells = {("marl", "0.1"): estimate(np.nan), ("schist", "0.1"): estimate(0.4)}
    total = margins_of(cells)[ALL, ALL]
    assert total.value == 0.4
    assert (total.n, total.undefined) == (6, 1)


def test_means_over_seeds_are_of_the_seeds_that_have_one():
    seeds = over_seeds({"1": {("a",): estimate(1.0), ("b",): estimate(2.0)}, "2": {("a",): estimate(3.0)}})
    assert list(seeds) == ["1", "2", ALL]
    assert (seeds[ALL]["a",].value, seeds[ALL]["b",].value) == (2.0, 2.0)
    np.testing.assert_array_equal(seeds[ALL]["a",].draws, [2.0, 3.0])
    assert over_seeds({"1": {}})[ALL] == {}


def test_a_series_counts_as_often_as_its_cluster_was_drawn():
    weights = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]])
    series = {("marl", "0.1", f"c{i}"): estimate(v, frozenset([i])) for i, v in ((0, 1.0), (1, 4.0))}
    cell = cells_of(series, Units(None, weights))["marl", "0.1", ALL]
    np.testing.assert_array_equal(cell.draws, [2.0, np.nan])
    assert (cell.value, cell.n, cell.undefined, cell.units) == (2.5, 2, 0, {0, 1})


def test_few_units_make_no_interval():
    assert np.isnan(estimate(0.5, frozenset(range(4))).interval).all()
    assert np.isfinite(estimate(0.5, frozenset(range(5))).interval).all()
    assert np.isfinite(estimate(0.5).interval).all()
