"""A block: arrays in, mixtures out, the same for any neighbours."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from thetamix.model.model_file import build_model
from thetamix.prediction.block import InputBlock, predict_block
from thetamix.prediction.exact_windows import predict_windows

FORCING = [("precipitation", False), ("air_temperature", False)]


@pytest.fixture
def told():
    rng = np.random.default_rng(0)
    complete = np.ones((2, 30), dtype=bool)
    complete[1, 12] = False
    return InputBlock(
        forcing=rng.normal(size=(2, 30, 2)).astype(np.float32),
        complete=complete,
        cluster=np.array([1, 0, 1]),
        static=rng.normal(size=(3, 1)).astype(np.float32),
        shares=np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]),
        asked=np.ones((3, 30), dtype=bool),
    )


def test_windows_of_replicates_are_pooled_by_their_shares_in_the_unit_of_soil_moisture(make_card, told):
    card = make_card(forcing=FORCING, replicates=("A", "B"), target=(0.3, 0.1), sequence=4)
    torch.manual_seed(1)
    model = build_model(card).eval()
    (weight, mean, sd), state = predict_block(model, card, told)
    assert state is None
    assert weight.shape == mean.shape == sd.shape == (3, 30, 4)
    for series, replicate in np.ndindex(3, 2):
        cluster = told.cluster[series]
        whole = np.array([end >= 3 and told.complete[cluster, end - 3 : end + 1].all() for end in range(30)])
        static = np.append(told.static[series], np.eye(2, dtype=np.float32)[replicate])
        own = predict_windows(model, told.forcing[cluster], static, whole, 4)
        columns = slice(2 * replicate, 2 * replicate + 2)
        np.testing.assert_allclose(weight[series][:, columns], own[0] * told.shares[series, replicate], rtol=1e-6)
        np.testing.assert_allclose(mean[series][:, columns], own[1] * 0.1 + 0.3, rtol=1e-5)
        np.testing.assert_allclose(sd[series][:, columns], own[2] * 0.1, rtol=1e-5)


def test_a_state_goes_on_where_the_block_before_ended(make_card, told):
    card = replace(make_card(forcing=FORCING), warm_up=2)
    torch.manual_seed(1)
    model = build_model(card).eval()
    told = replace(told, shares=np.ones((3, 1)))
    (_, whole, _), _ = predict_block(model, card, told)
    first = replace(told, forcing=told.forcing[:, :20], complete=told.complete[:, :20], asked=told.asked[:, :20])
    last = replace(told, forcing=told.forcing[:, 20:], complete=told.complete[:, 20:], asked=told.asked[:, 20:])
    (_, before, _), state = predict_block(model, card, first)
    (_, after, _), _ = predict_block(model, card, last, state)
    np.testing.assert_allclose(np.concatenate([before, after], axis=1), whole, atol=1e-5)
    assert np.isfinite(after).all()


@pytest.mark.parametrize("warm_up", [None, 2])
def test_what_is_asked_for_is_predicted_to_the_same_bit_and_nothing_else(make_card, told, warm_up):
    card = replace(make_card(forcing=FORCING, sequence=4), warm_up=warm_up)
    torch.manual_seed(1)
    model = build_model(card).eval()
    told = replace(told, shares=np.ones((3, 1)))
    every, _ = predict_block(model, card, told)
    asked = np.random.default_rng(2).random((3, 30)) < 0.4
    asked[2] = False
    some, _ = predict_block(model, card, replace(told, asked=asked))
    for whole, part in zip(every, some, strict=True):
        assert np.isnan(part[~asked]).all()
        np.testing.assert_array_equal(part[asked], whole[asked])
