"""Exact windows against a loop that cuts out and predicts one window at a time."""

import numpy as np
import pytest
import torch

from thetamix.model.model_file import build_model
from thetamix.prediction import exact_windows as module
from thetamix.prediction.exact_windows import predict_windows

SEQUENCE = 5


@pytest.fixture(params=[1, 2])
def model(make_card, request):
    torch.manual_seed(2)
    return build_model(make_card(components=3, hidden=7, layers=request.param, sequence=SEQUENCE)).eval()


def series(steps: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    forcing = rng.normal(size=(steps, 2)).astype(np.float32)
    whole = rng.random(steps) < 0.7
    whole[: SEQUENCE - 1] = False
    return forcing, rng.normal(size=1).astype(np.float32), whole


def one_by_one(model, forcing, static, whole):
    results = np.full((3, whole.size, model.components), np.nan)
    for end in np.flatnonzero(whole):
        window = np.concatenate([forcing[end - SEQUENCE + 1 : end + 1], np.tile(static, (SEQUENCE, 1))], axis=1)
        with torch.no_grad():
            log_weight, mean, log_sd = model(torch.from_numpy(window)[:, None])
        results[:, end] = np.stack([log_weight.exp()[0], mean[0], log_sd.exp()[0]])
    return results


@pytest.mark.parametrize("batch", [1, 7, 1024])
@pytest.mark.parametrize("kind", ["scattered", "consecutive"])
def test_every_window_is_predicted_as_if_it_were_alone(model, monkeypatch, batch, kind):
    monkeypatch.setattr(module, "BATCH", batch)
    forcing, static, whole = series()
    if kind == "consecutive":
        whole[SEQUENCE - 1 :] = True
    got = np.stack(predict_windows(model, forcing, static, whole, SEQUENCE))
    np.testing.assert_allclose(got, one_by_one(model, forcing, static, whole), rtol=2e-6, atol=2e-7)
    assert got.dtype == np.float32
    # Missing where no window ends, and nowhere else.
    assert (np.isnan(got) == ~whole[None, :, None]).all()
    np.testing.assert_allclose(got[0, whole].sum(axis=-1), 1, rtol=1e-6)
    assert (got[2, whole] > 0).all()


def test_no_window_at_all_is_missing_throughout(model):
    forcing, static, _ = series(steps=3)
    weight, mean, sd = predict_windows(model, forcing, static, np.zeros(3, bool), SEQUENCE)
    assert weight.shape == mean.shape == sd.shape == (3, 3)
    assert np.isnan([weight, mean, sd]).all()


def test_what_lies_after_a_window_does_not_change_it(model):
    forcing, static, whole = series()
    before = np.stack(predict_windows(model, forcing, static, whole, SEQUENCE))
    forcing[40:] = 99.0
    after = np.stack(predict_windows(model, forcing, static, whole, SEQUENCE))
    np.testing.assert_array_equal(before[:, :40], after[:, :40])
    assert not np.array_equal(before[:, 40:], after[:, 40:], equal_nan=True)


def test_a_window_reaches_back_as_far_as_it_is_long_and_no_farther(model):
    forcing, static, whole = series()
    whole[SEQUENCE - 1 :] = True
    before = predict_windows(model, forcing, static, whole, SEQUENCE)[1]
    forcing[20] += 1.0
    changed = (predict_windows(model, forcing, static, whole, SEQUENCE)[1] != before).any(axis=1)
    assert np.flatnonzero(changed & whole).tolist() == [20, 21, 22, 23, 24]


def test_dropout_is_as_it_was_left(make_card):
    model = build_model(make_card(dropout=0.5))
    forcing, static, whole = series()
    on = [predict_windows(model.train(), forcing, static, whole, SEQUENCE)[1] for _ in range(2)]
    off = [predict_windows(model.eval(), forcing, static, whole, SEQUENCE)[1] for _ in range(2)]
    assert not np.array_equal(*on, equal_nan=True)
    assert np.array_equal(*off, equal_nan=True)
