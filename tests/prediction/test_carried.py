"""Carried states: the same as one LSTM pass over the record, however it is cut."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from thetamix.model.model_file import build_model
from thetamix.prediction import carried
from thetamix.prediction.carried import State, predict_carried

LENGTH, WARM_UP = 60, 5


@pytest.fixture(scope="module")
def model(make_card):
    torch.manual_seed(0)
    card = make_card(hidden=7, layers=2, components=2, forcing=[("precipitation", False), ("pet", False)])
    return build_model(card).eval()


def draw(clusters=3, rows=5, seed=0):
    rng = np.random.default_rng(seed)
    forcing = rng.normal(size=(clusters, LENGTH, 2)).astype(np.float32)
    static = rng.normal(size=(rows, 1)).astype(np.float32)
    return forcing, rng.integers(clusters, size=rows), static


def one_pass(model, forcing, static):
    inputs = np.concatenate([forcing, np.repeat(static[None], len(forcing), axis=0)], axis=1)
    with torch.no_grad():
        log_weight, mean, log_sd = model(torch.from_numpy(inputs)[:, None], scored=len(forcing))
    return [values[:, 0].numpy() for values in (log_weight.exp(), mean, log_sd.exp())]


def test_without_gaps_it_is_one_pass(model):
    forcing, cluster, static = draw()
    complete = np.ones((3, LENGTH), dtype=bool)
    found, _ = predict_carried(model, forcing, complete, cluster, static, WARM_UP, State.zero(model, 5))
    for row in range(5):
        expected = one_pass(model, forcing[cluster[row]], static[row])
        for values, other in zip(found, expected, strict=True):
            assert np.isnan(values[row, :WARM_UP]).all()
            np.testing.assert_allclose(values[row, WARM_UP:], other[WARM_UP:], atol=1e-5)


@given(st.lists(st.integers(1, LENGTH - 1), max_size=5), st.integers(0, 2**31), st.sampled_from([1, 7, 512]))
def test_cut_anywhere_with_gaps_anywhere_it_is_the_same(model, cuts, seed, chunk):
    forcing, cluster, static = draw(seed=seed)
    rng = np.random.default_rng(seed)
    complete = rng.random((3, LENGTH)) > 0.05
    before = carried.CHUNK
    carried.CHUNK = chunk
    try:
        state = State.zero(model, 5)
        pieces = []
        edges = [0, *sorted(set(cuts)), LENGTH]
        for first, last in itertools.pairwise(edges):
            values, state = predict_carried(
                model, forcing[:, first:last], complete[:, first:last], cluster, static, WARM_UP, state
            )
            pieces.append(values)
    finally:
        carried.CHUNK = before
    found = [np.concatenate(parts, axis=1) for parts in zip(*pieces, strict=True)]
    for row in range(5):
        gaps = [-1, *np.flatnonzero(~complete[cluster[row]]), LENGTH]
        for gap, following in itertools.pairwise(gaps):
            run = slice(gap + 1, following)
            expected = one_pass(model, forcing[cluster[row], run], static[row]) if following > gap + 1 else []
            for values, other in zip(found, expected, strict=False):
                assert np.isnan(values[row, run][:WARM_UP]).all()
                np.testing.assert_allclose(values[row, run][WARM_UP:], other[WARM_UP:], atol=1e-5)
            if following < LENGTH:
                assert all(np.isnan(values[row, following]).all() for values in found)
        assert state.age[row] == LENGTH - 1 - gaps[-2]


def test_a_gap_at_the_end_forgets(model):
    forcing, cluster, static = draw()
    complete = np.ones((3, LENGTH), dtype=bool)
    complete[:, -1] = False
    _, state = predict_carried(model, forcing, complete, cluster, static, WARM_UP, State.zero(model, 5))
    assert (state.age == 0).all()
    assert not state.hidden.any()
    assert not state.cell.any()


def test_states_that_are_joined_can_be_told_apart_again():
    rng = np.random.default_rng(0)
    states = [
        State(*(torch.from_numpy(rng.normal(size=(2, rows, 4))) for _ in "hc"), rng.integers(9, size=rows))
        for rows in (3, 1)
    ]
    joined = State.joined(states)
    for state, rows in zip(states, (slice(0, 3), slice(3, 4)), strict=True):
        same = joined.rows(rows)
        assert torch.equal(same.hidden, state.hidden)
        assert torch.equal(same.cell, state.cell)
        assert (same.age == state.age).all()
