"""A trained model as a forecaster: units, replicates, missing windows, networks that do not fit."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from thetamix.forecasters.lstm import LSTM
from thetamix.model.heads import HEADS
from thetamix.model.model_file import build_model, save_model
from thetamix.network.netcdf import open_network, write_network
from thetamix.system.errors import InputError

FORCING = [("precipitation", False), ("discharge", True)]


@pytest.fixture
def model(make_card, tmp_path):
    """Write a model with random weights; gives its folder and itself."""

    def model(**settings):
        card = make_card(**{"forcing": FORCING, "categories": [("geology", ("marl", "schist"))]} | settings)
        torch.manual_seed(4)
        made = build_model(card).eval()
        save_model(tmp_path / "model", made, card)
        return tmp_path / "model", made, card

    return model


def told(unseen="error", device="cpu"):
    """The entry's settings that a forecast looks at."""
    inputs = {"forcing": ["precipitation"], "unseen": unseen}
    return {"inputs": inputs, "training": {"device": device}}


def network_of(make_network, **settings):
    network = make_network(**{"steps": 30} | settings)
    rain = network["precipitation"].to_numpy().copy()
    rain[1, 12] = np.nan
    discharge = np.where(np.arange(30) % 3 == 0, np.nan, 1.5)
    network["precipitation"] = (("cluster", "time"), rain, network["precipitation"].attrs)
    network["discharge"] = (("cluster", "time"), np.tile(discharge, (2, 1)), {"units": "m3 s-1"})
    return network


def by_hand(network, made, card, c: int, d: int, end: int, code=()) -> np.ndarray:
    """Predict a single window from the network's own numbers (the inputs are not scaled)."""
    steps = slice(end - card.sequence + 1, end + 1)
    rain, discharge = (network[name].to_numpy()[c, steps] for name in ("precipitation", "discharge"))
    there = np.isfinite(discharge)
    geology = str(network["geology"].to_numpy()[c])
    still = [network["depth"].to_numpy()[d], geology == "marl", geology == "schist", *code]
    columns = [rain, np.where(there, discharge, 0), there, *(np.full(card.sequence, s) for s in still)]
    window = torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))[:, None]
    with torch.no_grad():
        log_weight, mean, log_sd = made(window)
    target = card.inputs.target
    return np.stack([log_weight.exp()[0], mean[0] * target.sd + target.mean, log_sd.exp()[0] * target.sd])


def test_mixtures_are_in_the_units_of_soil_moisture(make_network, forecast, model):
    folder, made, card = model(components=2)
    network = network_of(make_network)
    got = np.stack(forecast("lstm", network, fit=folder, **told())[:3])
    for c, d in np.ndindex(2, 2):
        for end in range(30):
            window = range(end - card.sequence + 1, end + 1)
            if window[0] < 0 or (c == 1 and 12 in window):
                assert np.isnan(got[:, c, d, end]).all()
            else:
                np.testing.assert_allclose(
                    got[:, c, d, end], by_hand(network, made, card, c, d, end), rtol=1e-4, atol=1e-6
                )


def test_readings_are_not_looked_at(make_network, forecast, model):
    folder, _, _ = model()
    network = network_of(make_network)
    one = forecast("lstm", network, fit=folder, **told())
    nothing = np.full(network["soil_moisture"].shape, np.nan, np.float32)
    two = forecast("lstm", network, readings=nothing, fit=folder, **told())
    for ours, theirs in zip(one[:3], two[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)


KNOWN = {"c00": {"0.1": ["A", "C"]}, "c01": {"0.1": ["B"], "0.3": ["A", "B"]}}


def test_a_conditioned_model_gives_a_component_a_replicate(make_network, forecast, model):
    folder, made, card = model(components=1, replicates=["A", "B", "C"], known=KNOWN)
    network = network_of(make_network)
    weight, mean, sd, read = forecast("lstm", network, fit=folder, **told())
    assert read["replicate"].to_numpy().tolist() == [0, 1, 2]
    for replicate, code in enumerate(np.eye(3)):
        _, expected_mean, expected_sd = by_hand(network, made, card, 0, 1, 20, code)
        assert mean[0, 1, 20, replicate] == pytest.approx(expected_mean[0], rel=1e-4)
        assert sd[0, 1, 20, replicate] == pytest.approx(expected_sd[0], rel=1e-4)
    # Equal weights over the replicates that were trained on at the place; all that were trained on
    # anywhere, where the place is new.
    shares = {(0, 0): [1 / 2, 0, 1 / 2], (0, 1): [1 / 3] * 3, (1, 0): [0, 1, 0], (1, 1): [1 / 2, 1 / 2, 0]}
    for place, share in shares.items():
        np.testing.assert_allclose(weight[place][20], share, rtol=1e-6)


def test_a_replicate_that_was_trained_on_nowhere_has_no_weight_anywhere(make_network, forecast, model):
    known = {"elsewhere": {"0.1": ["A", "B"]}}
    folder, _, _ = model(components=1, replicates=["A", "B", "C"], known=known)
    weight, *_ = forecast("lstm", network_of(make_network), fit=folder, **told())
    np.testing.assert_allclose(weight[0, 0, 20], [1 / 2, 1 / 2, 0], rtol=1e-6)


def test_conditioning_and_several_components_go_together(make_network, forecast, model):
    folder, _, _ = model(components=2, replicates=["A", "B"], known={"c00": {"0.1": ["A", "B"]}})
    weight, _, _, read = forecast("lstm", network_of(make_network), fit=folder, **told())
    assert read["replicate"].to_numpy().tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(weight[0, 0, 20].reshape(2, 2).sum(axis=1), [1 / 2, 1 / 2], rtol=1e-6)


def test_an_unseen_category_is_an_error_or_none_of_the_known_ones(make_network, forecast, model):
    folder, made, card = model()
    network = network_of(make_network, geology=np.array(["marl", "gypsum"], dtype=object))
    with pytest.raises(InputError, match="geology 'gypsum' of cluster c01 was not trained on"):
        forecast("lstm", network, fit=folder, **told())
    got = np.stack(forecast("lstm", network, fit=folder, **told("zero"))[:3])
    np.testing.assert_allclose(got[:, 1, 0, 25], by_hand(network, made, card, 1, 0, 25), rtol=1e-4)


def test_another_time_step_is_refused(make_network, forecast, model):
    folder, _, _ = model(step_hours=1.0)
    with pytest.raises(InputError, match="time step of 24 h, the model was trained on 1 h"):
        forecast("lstm", network_of(make_network), fit=folder, **told())


def test_an_optional_input_may_be_absent_as_if_it_were_missing_throughout(make_network, forecast, model):
    folder, _, _ = model()
    network = network_of(make_network)
    absent = forecast("lstm", network.drop_vars("discharge"), fit=folder, **told())
    network["discharge"] = network["discharge"] * np.nan
    missing = forecast("lstm", network, fit=folder, **told())
    for ours, theirs in zip(absent[:3], missing[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert np.isfinite(absent[1]).any()


@pytest.mark.parametrize("name", ["precipitation", "geology"])
def test_a_missing_input_is_named(make_network, forecast, model, name):
    folder, _, _ = model()
    with pytest.raises(InputError, match=f"has no .* '{name}'"):
        forecast("lstm", network_of(make_network).drop_vars(name), fit=folder, **told())


def test_the_notebooks_dropout_is_drawn_from_the_seed(make_network, forecast, model):
    folder, _, _ = model(dropout=0.5, dropout_at_prediction=True)
    network = network_of(make_network)
    means = [forecast("lstm", network, fit=folder, **told(), seed=seed)[1] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(means[0], means[1])
    assert not np.array_equal(means[0], means[2], equal_nan=True)


def test_a_network_file_is_predicted_as_the_network_in_memory(make_network, forecast, model, tmp_path):
    folder, _, _ = model()
    network = network_of(make_network)
    write_network(network, tmp_path / "network.nc")
    with open_network(tmp_path / "network.nc") as read:
        from_file = forecast("lstm", read, fit=folder, **told(), name="file")
    in_memory = forecast("lstm", network, fit=folder, **told())
    for ours, theirs in zip(from_file[:3], in_memory[:3], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_card_that_is_not_there_is_an_error_and_no_file(make_network, forecast, model, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    folder, _, _ = model()
    with pytest.raises(InputError, match=r"^training\.device: cuda, but torch finds no graphics card"):
        forecast("lstm", network_of(make_network), fit=folder, **told(device="cuda"))
    assert not (tmp_path / "out.nc").exists()


def entry_of(**settings):
    plain = {"kind": "lstm", "inputs": {"forcing": ["precipitation"]}, "training": {}}
    return LSTM.model_validate(plain | settings)


def test_keys_leave_out_where_it_is_computed_and_what_fits_do_not_look_at():
    plain = entry_of(training={"preset": "fast", "device": "cuda"}, inputs={"forcing": ["rain"], "unseen": "zero"})
    assert not {"preset", "device"} & set(plain.key_settings()["training"])
    assert plain.key_settings()["inputs"]["unseen"] == "zero"
    assert "unseen" not in plain.fit_settings()["inputs"]
    assert plain.fit_settings()["training"] == plain.key_settings()["training"]


def test_a_head_that_all_models_had_is_not_in_keys_but_in_the_resolved_study(monkeypatch):
    assert "head" not in entry_of().key_settings()
    assert "head" not in entry_of().fit_settings()
    assert entry_of().model_dump()["head"] == "gaussian_mixture"
    monkeypatch.setitem(HEADS, "other", HEADS["gaussian_mixture"])
    assert entry_of(head="other").key_settings()["head"] == "other"
    assert entry_of(head="other").fit_settings()["head"] == "other"


def test_a_mistyped_head_gets_the_nearest():
    with pytest.raises(ValidationError, match=r"unknown head 'gausian_mixture'; did you mean \"gaussian_mixture\""):
        entry_of(head="gausian_mixture")
