"""From a network to the files of a fit."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from thetamix.inputs.settings import Inputs
from thetamix.model.model_file import load_model
from thetamix.network.by_series import Mask, Readings
from thetamix.network.schema import time_step
from thetamix.system.errors import InputError, ThetamixError
from thetamix.training import train as training
from thetamix.training.loop import FitJob
from thetamix.training.settings import Training
from thetamix.training.train import train_lstm

INPUTS = {"forcing": ["precipitation", "air_temperature"], "attributes": ["elevation", "geology"]}
TRAINING = {
    "hidden": 4,
    "dropout": 0.1,
    "sequence": 6,
    "epochs": 2,
    "batch": 32,
    "learning_rate": 1e-2,
    "learning_rate_factor": 0.5,
    "drop_optional": 0.0,
    "device": "cpu",
}


def train(network, folder, trained=None, condition_on_replicate=False, unseen="error", **changes):
    readings = network["soil_moisture"].to_numpy()
    if trained is None:
        trained = np.isfinite(readings)
    reports = []
    settings = SimpleNamespace(
        inputs=Inputs.model_validate(INPUTS | {"unseen": unseen}),
        training=Training.model_validate(TRAINING | changes).resolved(time_step(network["time"])),
        components=2,
        condition_on_replicate=condition_on_replicate,
        head="gaussian_mixture",
    )
    summary = train_lstm(
        network,
        Readings.of(readings),
        Mask.of(trained),
        None,
        settings,
        FitJob(folder, "key", 1),
        lambda share, note: reports.append((share, note)),
    )
    return summary, reports


def test_the_files_and_what_is_said(make_network, tmp_path):
    network = make_network(steps=60)
    summary, reports = train(network, tmp_path)
    model, card = load_model(tmp_path)
    history = pd.read_csv(tmp_path / "history.csv")
    windows = 2 * 2 * 55
    # 5 inputs: 2 of forcing, depth, elevation and 2 geologies make 6.
    parameters = 4 * 4 * (6 + 4 + 2) + 6 * 5
    assert card.input_size == 6
    assert summary.startswith(
        f"{parameters} parameters, {windows} windows, 20 without forcing throughout left out, 660 readings"
    )
    assert summary.endswith(f"loss {history['nll'][0]:.3f} → {history['nll'][1]:.3f}")
    assert history["learning_rate"].tolist() == [1e-2, 5e-3]
    assert [share for share, _ in reports] == sorted(share for share, _ in reports)
    assert reports[-1][0] == 1.0
    assert reports[-1][1].startswith("epoch 2 of 2, loss ")
    assert card.step_hours == 24.0
    assert card.sequence == 6
    assert (tmp_path / "checkpoint" / "fit.pt").exists()
    assert not model.training


@pytest.mark.parametrize(
    ("changes", "windows_per_reading"),
    [({"condition_on_replicate": True}, 1.0), ({}, 1 / 3), ({"sequence": 12, "warm_up": 5}, None)],
    ids=["condLSTM", "3G-LSTM", "sequence-to-many"],
)
def test_what_a_fit_says_of_its_pace(make_network, tmp_path, monkeypatch, changes, windows_per_reading):
    seconds = itertools.count()
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    scored = []

    def fit(*given):
        *most, report = given
        return loop_fit(*most, lambda now: (scored.append(now.readings), report(now)))

    loop_fit = training.fit
    monkeypatch.setattr(training, "fit", fit)
    _, reports = train(make_network(steps=60), tmp_path, **changes)
    assert len(reports) > 1
    for second, ((_, note), readings) in enumerate(zip(reports, scored, strict=True), start=1):
        if windows_per_reading is None:
            assert note.endswith(f", {readings / second:,.0f} readings/s")
        else:
            assert note.endswith(f", {readings * windows_per_reading / second:,.0f} windows/s")


def test_a_full_graphics_card_is_said_in_words(make_network, tmp_path, monkeypatch):
    def fit(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(training, "fit", fit)
    with pytest.raises(ThetamixError, match=r"^the graphics card's memory is full; .* a smaller training\.batch$"):
        train(make_network(steps=40), tmp_path)


def test_the_card_knows_which_replicates_were_trained_on(make_network, tmp_path):
    network = make_network(steps=40)
    trained = np.ones((2, 2, 3, 40), bool)
    trained[0, 0, 1] = False
    trained[1, 1] = False
    train(network, tmp_path, trained, condition_on_replicate=True)
    known = json.loads((tmp_path / "model.json").read_text())["known"]
    assert known == {"c00": {"0.1": ["A", "C"], "0.3": ["A", "B", "C"]}, "c01": {"0.1": ["A", "B", "C"]}}


def test_the_same_again_gives_the_same_bytes(make_network, tmp_path):
    for name in ("a", "b"):
        train(make_network(steps=40), tmp_path / name)
    for file in ("model.safetensors", "model.json", "history.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_cluster_that_is_not_trained_on_may_have_no_category_of_its_own(make_network, tmp_path):
    network = make_network(steps=40)
    trained = np.ones((2, 2, 3, 40), bool)
    trained[1] = False
    with pytest.raises(InputError, match="geology 'schist' of cluster c01 was not trained on"):
        train(network, tmp_path, trained)
    train(network, tmp_path, trained, unseen="zero")
    assert load_model(tmp_path)[1].inputs.categories[0].values == ("marl",)


def test_forcing_that_no_window_can_use_is_named_as_such(make_network, tmp_path):
    # Not as a category that was not trained on, though none was.
    gaps = np.where(np.arange(40) % 5 == 0, np.nan, 1.0)
    network = make_network(steps=40, precipitation=np.tile(gaps, (2, 1)))
    with pytest.raises(InputError, match="no window of 6 steps with complete forcing"):
        train(network, tmp_path)


def test_the_notebooks_variant_is_marked(make_network, tmp_path):
    train(make_network(steps=40), tmp_path, epochs=1, notebook=True)
    assert load_model(tmp_path)[0].training
