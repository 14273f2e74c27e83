"""Stretches: every reading after a warm-up of complete forcing, and none else."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from thetamix.inputs.encoding import describe_inputs
from thetamix.inputs.stretches import training_stretches
from thetamix.network.by_series import Mask, Readings
from thetamix.system.errors import InputError

SEQUENCE, WARM_UP = 20, 8


@pytest.fixture
def network(make_network):
    network = make_network(steps=100)
    network["precipitation"][0, 40:43] = np.nan
    return network


def stretches(network, trained=None, *, conditioned=False, sequence=SEQUENCE, warm_up=WARM_UP):
    readings = network["soil_moisture"].to_numpy()
    if trained is None:
        trained = np.isfinite(readings)
    trained, readings = Mask.of(trained), Readings.of(readings)
    spec = describe_inputs(
        network,
        trained,
        readings,
        warm_up + 1,
        forcing=[("precipitation", False), ("air_temperature", False)],
        attributes=["elevation"],
        condition_on_replicate=conditioned,
    )
    return training_stretches(network, trained, readings, spec, sequence, warm_up), spec


def scored_at(found, spec, index):
    """Where the readings of stretches lie, each counted: {(row, step, replicate): [values]}."""
    inputs, _, target = found.gather(index)
    rain = found.forcing[:, 0].reshape(-1, found.length)
    where = {}
    for batch, code in enumerate(index.tolist()):
        row = found.names.index(found.name_of(torch.tensor(code)))
        record = rain[found.cluster[row]].unfold(0, found.sequence, 1)
        (first,) = torch.nonzero((record == inputs[:, batch, 0]).all(1))[:, 0].tolist()
        for late, replicate in np.argwhere(np.isfinite(target[:, batch].numpy())):
            value = float(target[late, batch, replicate]) * spec.target.sd + spec.target.mean
            where.setdefault((row, first + found.warm_up + int(late), int(replicate)), []).append(value)
    return where


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_epoch_scores_every_reading_with_a_warm_up_behind_it_once(make_network, data):
    length = data.draw(st.integers(3, 60), "steps")
    sequence = data.draw(st.integers(2, length), "sequence")
    warm_up = data.draw(st.integers(1, sequence - 1), "warm-up")
    network = make_network(steps=length)
    network["precipitation"][:] = np.random.default_rng(1).random(network["precipitation"].shape)
    found, spec = stretches(network, sequence=sequence, warm_up=warm_up)
    seed = data.draw(st.none() | st.integers(0, 99), "seed")
    where = scored_at(found, spec, found.order(None if seed is None else torch.Generator().manual_seed(seed)))
    readings = network["soil_moisture"].to_numpy().reshape(4, 3, length)
    assert where.keys() == set(product(range(4), range(warm_up, length), range(3)))
    for (row, step, replicate), values in where.items():
        assert values == [pytest.approx(readings[row, replicate, step], abs=1e-5)]


def test_a_stretch_is_scored_up_to_the_first_gap(network):
    found, spec = stretches(network)
    where = scored_at(found, spec, found.order(None))
    assert {step for row, step, _ in where if row >= 2} == set(range(WARM_UP, 100))
    assert not {step for row, step, _ in where if row < 2} & {40, 41, 42, 43}


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_no_cut_can_score_is_left_out(make_network, data):
    length = data.draw(st.integers(3, 16), "steps")
    sequence = data.draw(st.integers(2, length), "sequence")
    warm_up = data.draw(st.integers(1, sequence - 1), "warm-up")
    network = make_network(steps=length)
    network["precipitation"][:] = np.random.default_rng(1).random(network["precipitation"].shape)
    network["precipitation"][0, data.draw(st.lists(st.integers(0, length - 1)), "gaps")] = np.nan
    found, spec = stretches(network, sequence=sequence, warm_up=warm_up)
    reached = set()
    for seed in range(12 * (sequence - warm_up)):
        order = found.order(torch.Generator().manual_seed(seed))
        first = [code for code in order if found.name_of(code) == "c00 at 0.1 m"]
        where = scored_at(found, spec, torch.tensor(first)) if first else {}
        assert all(len(values) == 1 for values in where.values())
        reached |= {step for _, step, _ in where}
    # Two depths and three replicates of that cluster; the other one has no gap.
    assert found.left_out == 6 * (length - len(reached)) + 6 * warm_up


def test_where_one_cut_of_the_record_misses_all_readings_another_is_taken(make_network):
    network = make_network(steps=40)
    network["precipitation"][:, :12] = np.nan
    network["precipitation"][:, 16:] = np.nan
    found, _ = stretches(network, sequence=8, warm_up=3)
    assert len(found) > 0
    assert all(len(found.order(torch.Generator().manual_seed(seed))) for seed in range(20))


def test_epochs_reach_what_lies_behind_a_gap_together(network):
    found, spec = stretches(network)
    seen = set()
    for epoch in range(100):
        order = found.order(torch.Generator().manual_seed(epoch))
        assert len(set(order.tolist())) == len(order)
        seen |= scored_at(found, spec, order).keys()
    assert {step for row, step, _ in seen if row == 3} == set(range(WARM_UP, 100))
    # Beyond the gap only with a warm-up of its own.
    behind = set(range(WARM_UP, 40)) | set(range(43 + WARM_UP, 100))
    assert {step for row, step, _ in seen if row == 0} == behind
    assert found.left_out == 2 * 3 * (WARM_UP + 2 * WARM_UP + 3)  # both clusters, then the gap of one


def test_inputs_are_those_of_the_stretch(network):
    found, spec = stretches(network)
    index = torch.tensor([3 * (100 + 12) + 12 + 17])  # row, and the step at which it is cut
    inputs, fixed, _ = found.gather(index)
    rain = (network["precipitation"].to_numpy()[1, 17 : 17 + SEQUENCE] - spec.forcing[0].scale.mean) / (
        spec.forcing[0].scale.sd
    )
    np.testing.assert_allclose(inputs[:, 0, 0], rain, rtol=1e-5)
    assert inputs.shape[2] == 2
    assert torch.equal(fixed[0], found.static[3])
    assert found.name_of(index[0]) == "c01 at 0.3 m"


def test_a_model_that_is_told_the_replicate_has_a_row_for_each(network):
    found, spec = stretches(network, conditioned=True)
    assert found.static.shape[0] == 12
    assert found.target.shape == (1200, 1)
    assert found.name_of(torch.tensor(100 + 12)) == "c00 at 0.1 m, replicate B"
    values = found.target.reshape(12, 100).numpy() * spec.target.sd + spec.target.mean
    np.testing.assert_allclose(values, network["soil_moisture"].to_numpy().reshape(12, 100), atol=1e-5)


def test_readings_of_other_parts_are_not_seen(network):
    trained = np.isfinite(network["soil_moisture"].to_numpy())
    trained[..., 60:] = False
    trained[1, 1] = False
    found, spec = stretches(network, trained)
    where = scored_at(found, spec, found.order(None))
    assert max(step for _, step, _ in where) < 60
    assert found.static.shape[0] == 3


def test_a_record_shorter_than_a_stretch_is_an_error(network):
    with pytest.raises(InputError, match=r"100 time steps are fewer than training\.sequence \(101\)"):
        stretches(network, sequence=101)


def test_nothing_to_score_is_an_error(network):
    trained = np.zeros(network["soil_moisture"].shape, dtype=bool)
    trained[..., :5] = True
    with pytest.raises(InputError, match=r"has 8 steps of complete forcing before it.*training\.warm_up"):
        stretches(network, trained)
