"""Models ready for any network: pooled seeds, places without readings, states from day to day, files in pieces."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest
import torch
import xarray as xr

from thetamix.model.mixture_lstm import MixtureLSTM
from thetamix.model.model_file import build_model, save_model
from thetamix.prediction import block as lstm
from thetamix.prediction import pieces
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.pieces import predict_in_pieces
from thetamix.prediction.prediction_file import open_prediction
from thetamix.prediction.predictor import Predictor
from thetamix.system.device import choose_device, why_no_bf16
from thetamix.system.errors import InputError

NEEDS_BF16 = pytest.mark.skipif(why_no_bf16("cpu") is not None, reason="no bfloat16 on this processor")
FORCING = [("precipitation", False), ("air_temperature", False)]


@pytest.fixture
def save(make_card, tmp_path):
    """Save models that were never trained, one a seed; gives their predictor."""

    def save(seeds=(1, 2), *, warm_up=None, coordinates=None, **card):
        folders = []
        for seed in seeds:
            torch.manual_seed(seed)
            made = make_card(hidden=5, components=2, sequence=4, step_hours=24.0, forcing=FORCING, **card)
            made = replace(made, warm_up=warm_up, coordinates=coordinates or {})
            folders.append(tmp_path / f"model-s{seed}")
            save_model(folders[-1], build_model(made), made)
        return Predictor(folders, "error")

    return save


@pytest.fixture
def network(make_network):
    return make_network(clusters=3, steps=40)


def same(one: xr.Dataset, other: xr.Dataset, **options) -> None:
    for name in PARAMETERS:
        np.testing.assert_allclose(one[name].to_numpy(), other[name].to_numpy(), **options)


def test_seeds_are_pooled_with_equal_weights(save, network):
    pooled, first = save().predict(network), save((1,)).predict(network)
    assert pooled.sizes["component"] == 4
    assert float(pooled["component_weight"].sum("component").isel(time=10)[0, 0]) == pytest.approx(1)
    np.testing.assert_allclose(pooled["component_weight"][..., :2] * 2, first["component_weight"])
    np.testing.assert_array_equal(pooled["component_mean"][..., :2], first["component_mean"])
    lower, upper = np.moveaxis(pooled.mixture.quantile([0.2, 0.8]).to_numpy(), -1, 0)
    assert (lower[..., 4:] < upper[..., 4:]).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"forcing": [("precipitation", False), ("air_temperature", True)]},
        {"categories": [("soil_type", ("clay",))]},
        {"replicates": ("A", "B")},
        {"layers": 2},
        {"sequence": 5},
        {"warm_up": 3},
    ],
)
def test_fits_of_different_studies_are_not_pooled(save, make_card, tmp_path, changes):
    save((1, 2))
    warm_up = changes.pop("warm_up", None)
    told = {"hidden": 5, "components": 2, "sequence": 4, "step_hours": 24.0, "forcing": FORCING} | changes
    other = replace(make_card(**told), warm_up=warm_up)
    save_model(tmp_path / "model-s2", build_model(other), other)
    with pytest.raises(
        InputError, match=r"model-s2: trained with other settings than .*model-s1; let `thetamix run`"
    ):
        Predictor([tmp_path / "model-s1", tmp_path / "model-s2"], "error")


def test_fits_whose_training_saw_other_categories_are_alike(make_card, tmp_path, network):
    folders = []
    for number, soils in enumerate((("clay",), ("clay", "sand"))):
        card = make_card(sequence=4, step_hours=24.0, forcing=FORCING, categories=[("soil_type", soils)])
        folders.append(tmp_path / str(number))
        save_model(folders[-1], build_model(card), card)
    soil = network.assign(soil_type=("cluster", ["clay"] * 3))
    assert Predictor(folders, "error").predict(soil).sizes["component"] == 4


def test_readings_are_not_needed(save, network):
    bare = network.drop_dims("replicate")
    assert "soil_moisture" not in bare
    same(save().predict(network), save().predict(bare), rtol=0)


def test_a_replicates_model_pools_the_codes_that_were_trained_here_and_all_elsewhere(save, network):
    known = {"c00": {"0.1": ["A"], "0.3": ["A", "C"]}, "c09": {"0.1": ["B"]}}
    found = save((1,), replicates=("A", "B", "C"), known=known).predict(network)
    weight = found["component_weight"].isel(time=10).to_numpy().reshape(3, 2, 3, 2).sum(axis=-1)
    np.testing.assert_allclose(weight[0], [[1, 0, 0], [0.5, 0, 0.5]], atol=1e-6)
    np.testing.assert_allclose(weight[1:], np.full((2, 2, 3), 1 / 3), atol=1e-6)
    assert found["replicate"].to_numpy().tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(("metres", "known"), [(50, True), (200, False)])
def test_a_name_is_the_same_place_within_a_hundred_metres(save, network, metres, known):
    degrees = metres / 111_195
    network = network.assign(latitude=("cluster", np.full(3, 49.7 + degrees)), longitude=("cluster", np.full(3, 6.1)))
    card = {"replicates": ("A", "B"), "known": {"c00": {"0.1": ["A"]}, "c01": {"0.1": ["B"]}}}
    found = save((1,), coordinates={"c00": (49.7, 6.1)}, **card).predict(network)
    weight = found["component_weight"].isel(cluster=0, depth=0, time=10).to_numpy()
    assert weight[:2].sum() == pytest.approx(1.0 if known else 0.5)


@pytest.mark.parametrize("card", [{}, {"replicates": ("A", "B"), "known": {"c00": {"0.1": ["A", "B"]}}}])
def test_day_by_day_is_one_pass(save, network, card):
    predictor = save(warm_up=3, **card)
    whole = predictor.predict(network)
    state, days = None, []
    for first, last in [(0, 20), (20, 21), (21, 22), (22, 40)]:
        prediction, state = predictor.advance(network.isel(time=slice(first, last)), state)
        days.append(prediction)
    assert state["time"] == network["time"][-1]
    joined = xr.concat(days, "time", data_vars="minimal")
    same(joined, whole, atol=1e-5)
    assert whole["component_mean"].isnull()[:, :, :3].all()
    assert whole["component_mean"].notnull()[:, :, 3:].all()


def test_a_state_survives_its_file(save, network, tmp_path):
    predictor = save(warm_up=3)
    _, state = predictor.advance(network.isel(time=slice(30)), None)
    state.to_netcdf(tmp_path / "state.nc", engine="netcdf4")
    with xr.open_dataset(tmp_path / "state.nc", engine="netcdf4") as read:
        tomorrow, _ = predictor.advance(network.isel(time=[30]), read)
    expected, _ = predictor.advance(network.isel(time=[30]), state)
    same(tomorrow, expected, rtol=0)


def test_states_are_refused_where_they_do_not_belong(save, network):
    predictor = save(warm_up=3)
    _, state = predictor.advance(network.isel(time=slice(30)), None)
    with pytest.raises(InputError, match=r"goes on at 2013-02-01T00:00, the network begins at 2013-02-02T00:00"):
        predictor.advance(network.isel(time=slice(31, 33)), state)
    with pytest.raises(InputError, match="the state is of another cluster_id"):
        predictor.advance(network.isel(time=[30], cluster=[1, 0, 2]), state)
    with pytest.raises(InputError, match="the state is of other models"):
        save((3, 4), warm_up=3).advance(network.isel(time=[30]), state)
    with pytest.raises(InputError, match=r"trained on windows.*training\.warm_up"):
        save().advance(network, None)


def test_another_time_step_is_refused(save, make_network):
    hourly = make_network(step=np.timedelta64(1, "h"))
    with pytest.raises(InputError, match="time step of 1 h, the model was trained on 24 h"):
        save().predict(hourly)


def interrupted_after(share: float):
    """Report until so much is done, then end as a kill would."""

    def report(done, _note):
        if done > share:
            raise KeyboardInterrupt

    return report


@pytest.fixture
def two_at_a_time(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 2 * 2 * 40 * 4)  # clusters, depths, steps, components


@pytest.mark.usefixtures("two_at_a_time")
def test_a_file_in_pieces_is_the_prediction_and_goes_on_where_it_stopped(save, network, tmp_path):
    predictor = save()
    out, reports = tmp_path / "out.nc", []
    options = {"network_hash": "abc", "title": "test"}
    with pytest.raises(KeyboardInterrupt):
        predict_in_pieces(predictor, network, out, report=interrupted_after(2 / 3), **options)
    assert not out.exists()
    there, without = predict_in_pieces(
        predictor, network, out, report=lambda share, _: reports.append(share), **options
    )
    assert there == 1
    assert without == pytest.approx(3 / 40)  # a window leads to the fourth step
    assert 2 / 3 < reports[0] < reports[-1] == 1
    with open_prediction(out) as written:
        same(written, predictor.predict(network), rtol=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-s1", "model-s2", "out.nc"]


def test_a_state_in_pieces_is_the_state_and_goes_on_where_it_stopped(save, network, tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 2 * 2 * 20 * 4)
    predictor = save(warm_up=3)
    out, state = tmp_path / "out.nc", tmp_path / "state.nc"
    before = None
    for days in (slice(0, 20), slice(20, 40)):
        some = network.isel(time=days)
        expected, after = predictor.advance(some, before)
        options = {"network_hash": str(days), "title": "test", "state": state}
        left = state.read_bytes() if state.exists() else None
        with pytest.raises(KeyboardInterrupt):
            predict_in_pieces(predictor, some, out, report=interrupted_after(2 / 3), **options)
        assert (state.read_bytes() if state.exists() else None) == left
        options["report"] = lambda *_: None
        there, without = predict_in_pieces(predictor, some, out, **options)
        assert there == 1
        # The same again: it is done already, even where it was killed before it had cleared up.
        (tmp_path / "out.nc.pieces").mkdir()
        done = state.read_bytes()
        assert predict_in_pieces(predictor, some, out, **options) == (2, without)
        assert state.read_bytes() == done
        with open_prediction(out) as written, xr.open_dataset(state, engine="netcdf4") as read:
            same(written, expected, rtol=0, atol=1e-6)
            assert read.attrs.items() >= after.attrs.items()
            for name in (*after.data_vars, *after.coords):
                if after[name].dtype.kind == "f":
                    np.testing.assert_allclose(read[name], after[name], atol=1e-6)
                else:
                    np.testing.assert_array_equal(read[name], after[name])
        before = after
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-s1", "model-s2", "out.nc", "state.nc"]


@pytest.mark.usefixtures("two_at_a_time")
def test_a_piece_or_a_day_without_forcing_is_missing_and_counted(save, network, tmp_path):
    rain = network["precipitation"].where(network["cluster_id"] != "c02")
    gappy = network.assign(precipitation=rain)
    out = tmp_path / "out.nc"
    options = {"network_hash": "abc", "title": "test", "report": lambda *_: None}
    assert predict_in_pieces(save(), gappy, out, **options) == (0, pytest.approx(1 / 3 + 2 / 3 * 3 / 40))
    with open_prediction(out) as written:
        assert written["component_mean"].isel(cluster=2).isnull().all()

    predictor = save(warm_up=3)
    _, state = predictor.advance(network.isel(time=slice(20)), None)
    dry = network.isel(time=[20]).assign(precipitation=network["precipitation"].isel(time=[20]) * np.nan)
    tomorrow, state = predictor.advance(dry, state)
    assert tomorrow["component_mean"].isnull().all()
    assert not state["age"].any()


def test_a_network_without_any_value_of_a_forcing_is_refused(save, network):
    predictor = save()
    predictor.check(network)
    with pytest.raises(InputError, match=r"^forcing precipitation is missing throughout"):
        predictor.check(network.assign(precipitation=network["precipitation"] * np.nan))


def test_a_day_of_many_places_is_written_in_few_chunks(save, make_network, tmp_path):
    grid = make_network(clusters=300, steps=4)
    out = tmp_path / "out.nc"
    options = {"network_hash": "abc", "title": "test", "report": lambda *_: None}
    predict_in_pieces(save(), grid, out, **options)
    with netCDF4.Dataset(out) as file:
        assert file["component_mean"].chunking() == [300, 1, 4, 4]
    with open_prediction(out) as written:
        same(written, save().predict(grid), rtol=0)


def test_pieces_of_another_network_are_thrown_away(save, network, tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 1)
    predictor, out = save(), tmp_path / "out.nc"
    options = {"title": "test", "report": lambda *_: None}
    with pytest.raises(KeyboardInterrupt):
        predict_in_pieces(predictor, network, out, network_hash="old", title="test", report=interrupted_after(1 / 3))
    assert predict_in_pieces(predictor, network, out, network_hash="new", **options)[0] == 0


def test_the_models_lie_on_the_device_and_states_do_not(save, network, monkeypatch):
    moved = []
    to = MixtureLSTM.to
    monkeypatch.setattr(MixtureLSTM, "to", lambda self, place: moved.append(place) or to(self, place))
    predictor = save(warm_up=3)
    assert moved == [choose_device("auto")] * 2
    _, state = predictor.advance(network, None)
    assert {name: type(state[name].data) for name in ("hidden", "cell", "age")} == dict.fromkeys(
        ("hidden", "cell", "age"), np.ndarray
    )


def test_a_card_that_is_not_there_is_an_error(save, tmp_path, monkeypatch):
    save((1,))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"^device: cuda, but torch finds no graphics card"):
        Predictor([tmp_path / "model-s1"], "error", device="cuda")


@pytest.mark.parametrize("warm_up", [None, 3])
def test_the_number_of_threads_changes_nothing(save, network, tmp_path, monkeypatch, warm_up):
    monkeypatch.setattr(lstm, "ROWS", 2)
    one = save(warm_up=warm_up).predict(network)
    folders = [tmp_path / f"model-s{seed}" for seed in (1, 2)]
    several = Predictor(folders, "error", "cpu", threads=3).predict(network)
    xr.testing.assert_identical(one, several)


def test_dropout_is_drawn_in_the_caller_s_thread(save, network, tmp_path, monkeypatch):
    asked = []
    in_order = lstm.in_order
    monkeypatch.setattr(lstm, "in_order", lambda *given: asked.append(given[-1]) or in_order(*given))
    for dropout in (True, False):
        save((1,), dropout_at_prediction=dropout)
        Predictor([tmp_path / "model-s1"], "error", "cpu", threads=3).predict(network)
    assert asked == [1, 3]


def test_dropout_is_drawn_the_same_each_time_and_leaves_the_caller_s_numbers_alone(save, network):
    predictor = save((1,), dropout_at_prediction=True, dropout=0.5)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, other = predictor.predict(network), predictor.predict(network)
    xr.testing.assert_identical(one, other)
    assert torch.equal(before, torch.get_rng_state())
    # Another part of a network draws others.
    other = predictor.predict(network.isel(cluster=[1, 2]))["component_mean"]
    assert not np.array_equal(one["component_mean"][1:], other, equal_nan=True)


def test_dropout_of_a_carried_state_is_drawn_the_same_with_several_threads(save, network, tmp_path, monkeypatch):
    monkeypatch.setattr(lstm, "ROWS", 2)
    monkeypatch.setattr(lstm, "ROW_STEPS", 1)
    save((1,), warm_up=3, dropout_at_prediction=True, dropout=0.5)
    several = Predictor([tmp_path / "model-s1"], "error", "cpu", threads=3)
    one, other = (several.advance(network, None)[0] for _ in range(2))
    xr.testing.assert_identical(one, other)


@NEEDS_BF16
def test_bfloat16_comes_close_and_is_refused_where_it_would_add_up(save, network, tmp_path, monkeypatch):
    exact = save().predict(network)
    folders = [tmp_path / f"model-s{seed}" for seed in (1, 2)]
    rough = Predictor(folders, "error", "cpu", bf16=True).predict(network)
    # Eight bits of significand, on standardised inputs and hidden states of size 1.
    same(rough, exact, rtol=0, atol=2**-6)
    assert not np.array_equal(rough["component_mean"], exact["component_mean"], equal_nan=True)
    np.testing.assert_allclose(rough["component_weight"].sum("component").max(), 1, rtol=1e-6)
    assert {rough[name].dtype for name in PARAMETERS} == {np.dtype("float32")}
    save(warm_up=3)
    with pytest.raises(InputError, match=r"^bf16 is for models that were trained on windows"):
        Predictor(folders, "error", "cpu", bf16=True)
    monkeypatch.setattr("thetamix.prediction.predictor.why_no_bf16", lambda device: f"none on {device}")
    with pytest.raises(InputError, match=r"^bf16: none on cpu; predict without$"):
        Predictor(folders, "error", "cpu", bf16=True)


@NEEDS_BF16
def test_pieces_in_bfloat16_are_not_gone_on_with(save, network, tmp_path, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", 1)
    exact, out = save((1,)), tmp_path / "out.nc"
    rough = Predictor([tmp_path / "model-s1"], "error", "cpu", bf16=True)
    options = {"network_hash": "abc", "title": "test"}
    with pytest.raises(KeyboardInterrupt):
        predict_in_pieces(rough, network, out, report=interrupted_after(1 / 3), **options)
    options["report"] = lambda *_: None
    assert predict_in_pieces(exact, network, out, **options)[0] == 0


def test_a_file_that_is_there_stays_where_no_step_would_have_a_prediction(save, network, tmp_path):
    out = tmp_path / "out.nc"
    out.write_bytes(b"of yesterday")
    dry = network.assign(precipitation=network["precipitation"] * np.nan)
    with pytest.raises(InputError, match="no step would have a prediction"):
        predict_in_pieces(save((1,)), dry, out, network_hash="abc", title="test", report=lambda *_: None)
    assert out.read_bytes() == b"of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model-s1", "out.nc"]
