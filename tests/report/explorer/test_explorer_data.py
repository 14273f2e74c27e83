"""What the explorer shows is what the files say, thinned to the budget."""

import json

import numpy as np
import pytest

from thetamix.network.schema import FLAGS
from thetamix.report.explorer.explorer_data import choose_forecasters
from thetamix.report.explorer.packing import decode_arrays
from thetamix.splits.parts import EVALUATION, TRAINING

FORECASTERS = {
    "a": {"kind": "lstm"},
    "cycle": {"kind": "annual_cycle"},
    "own cycle": {"kind": "annual_cycle"},
    "land": {"kind": "reference", "dress": "none"},
    "land (dressed)": {"kind": "reference", "dress": "raw"},
    "both": {"kind": "ensemble", "of": ["a", "cycle"]},
}


def test_everything_with_a_density_is_shown_and_one_annual_cycle(make_study):
    assert choose_forecasters(make_study(FORECASTERS).forecasters) == ["a", "cycle", "land (dressed)", "both"]


def moving(network, make_mixtures, components=3, seed=1):
    rng = np.random.default_rng(seed)
    shape = (*(network.sizes[name] for name in ("cluster", "depth", "time")), components)
    weight = rng.uniform(0.2, 1, shape)
    weight /= weight.sum(axis=-1, keepdims=True)
    return make_mixtures(network, weight, rng.uniform(0.1, 0.5, shape), rng.uniform(0.01, 0.05, shape))


def mixture_of(data, cluster, depth, number):
    series = data["clusters"][cluster]["depths"][depth]["series"]
    arrays = decode_arrays(series)
    told = series["mixtures"][number]
    tag = str(number)
    if "table" in told:
        table = data["tables"][told["table"]]
        rows = {k: v.reshape(table["components"], -1) for k, v in decode_arrays(table).items()}
        return {k: v[:, arrays[f"index{number}"]].T for k, v in rows.items()}
    return {k: arrays[k + tag].reshape(told["components"], -1).T for k in ("weight", "mean", "sd")}


def test_series_come_back(network, explore, make_mixtures):
    prediction = moving(network, make_mixtures)
    data = explore(network, {"m": prediction})
    series = data["clusters"][0]["depths"][1]["series"]
    arrays = decode_arrays(series)
    assert series["count"] == 400
    assert series["window"] is None
    assert arrays["step"].tolist() == list(range(400))
    for r in range(3):
        expected = network["soil_moisture"].to_numpy()[0, 1, r]
        np.testing.assert_allclose(arrays[f"reading{r}"], expected, atol=5e-7)
    found = mixture_of(data, 0, 1, 0)
    for name, values in found.items():
        expected = prediction[f"component_{name}"].to_numpy()[0, 1]
        np.testing.assert_allclose(values, expected, atol=5e-7)
    assert data["clusters"][1]["depths"][1]["series"] is None
    assert series["trained"] == [[0, 199]]
    assert series["evaluated"] == [[200, 399]]
    json.dumps(data, allow_nan=False)


def test_readings_are_shown_where_nothing_is_predicted(network, explore, make_mixtures):
    nothing = make_mixtures(network, np.nan, np.nan, np.nan)
    series = explore(network, {"m": nothing})["clusters"][0]["depths"][0]["series"]
    assert series["mixtures"] == [None]
    assert np.isfinite(decode_arrays(series)["reading2"]).all()


def test_rejected_readings_are_shown_and_marked(network, explore):
    flags = np.zeros(network["soil_moisture"].shape, dtype=np.int32)
    flags[0, 0, 1, 7] = FLAGS["C02"][0]
    flags[0, 0, 2, 8] = FLAGS["D06"][0]
    network["soil_moisture_flag"] = (network["soil_moisture"].dims, flags)
    arrays = decode_arrays(explore(network, {}, reject=["C02"])["clusters"][0]["depths"][0]["series"])
    assert {name for name in arrays if name.startswith("rejected")} == {"rejected1"}
    assert np.flatnonzero(arrays["rejected1"]).tolist() == [7]
    assert np.isfinite(arrays["reading1"][7])


def test_readings_of_the_36th_replicate_are_marked_too(make_network, explore):
    readings = np.full((1, 1, 36, 400), 0.3)
    network = make_network(readings, depths=[0.1])
    flags = np.zeros(readings.shape, dtype=np.int32)
    flags[0, 0, 35, 7] = flags[0, 0, 3, 9] = FLAGS["C02"][0]
    network["soil_moisture_flag"] = (network["soil_moisture"].dims, flags)
    series = explore(network, {}, reject=["C02"])["clusters"][0]["depths"][0]["series"]
    arrays = decode_arrays(series)
    assert series["replicates"] == list(range(36))
    marked = {name: np.flatnonzero(values).tolist() for name, values in arrays.items() if name.startswith("rejected")}
    assert marked == {"rejected3": [9], "rejected35": [7]}


def test_a_pool_is_left_to_the_page_where_its_members_are_shown(network, explore):
    data = explore(network, {"a": None, "b": None, "both": None}, {"both": ["a", "b"]})
    assert [one["members"] for one in data["forecasters"]] == [None, None, [0, 1]]
    alone = explore(network, {"a": None, "both": None}, {"both": ["a", "b"]})
    assert alone["forecasters"][1]["members"] is None
    assert alone["clusters"][0]["depths"][0]["series"]["mixtures"][1] is not None


def test_what_repeats_itself_is_told_once_and_whole(network, explore, make_mixtures):
    # As an annual cycle: 100 days, 64 components, the same for all clusters of a depth.
    rng = np.random.default_rng(0)
    mean = np.tile(rng.uniform(0.1, 0.5, (1, 2, 100, 64)), (2, 1, 4, 1))
    prediction = make_mixtures(network, 1 / 64, mean, 0.02)
    data = explore(network, {"cycle": prediction})
    assert len(data["tables"]) == 2
    assert data["forecasters"][0]["error"] is None
    np.testing.assert_allclose(mixture_of(data, 1, 0, 0)["mean"], mean[1, 0], atol=5e-7)


def test_many_components_are_merged_and_the_error_is_told(network, explore, make_mixtures):
    rng = np.random.default_rng(2)
    mean = rng.normal(0.3, 0.05, (2, 2, 400, 64))
    data = explore(network, {"law": make_mixtures(network, 1 / 64, mean, 0.02)})
    assert data["clusters"][0]["depths"][0]["series"]["mixtures"][0] == {"components": 8}
    assert 0 < data["forecasters"][0]["error"] < 0.01
    merged = mixture_of(data, 0, 0, 0)
    expectation = (merged["weight"] * merged["mean"]).sum(axis=1)
    np.testing.assert_allclose(expectation, mean[0, 0].mean(axis=1), atol=1e-5)


@pytest.mark.parametrize("budget", [60_000, 150_000])
def test_the_budget_is_kept(make_network, explore, make_mixtures, budget):
    network = make_network(clusters=3, steps=4000, step=np.timedelta64(1, "h"))
    data = explore(network, {"m": moving(network, make_mixtures)}, budget=budget)
    size = len(json.dumps(data))
    assert size < 1.15 * budget
    series = data["clusters"][2]["depths"][0]["series"]
    assert 200 <= series["count"] < 4000
    first, last = series["window"]
    assert {first, last} <= set(decode_arrays(series)["step"].tolist())
    assert last - first == min(series["count"] // 2, 720) - 1 or last - first >= 99


def test_rain_is_summed_over_days(make_network, explore):
    rain = np.zeros((1, 72))
    rain[0, 23] = 2.0  # ends at midnight: it is the first day's
    rain[0, 24] = 1.0
    rain[0, 60] = np.nan
    network = make_network(clusters=1, steps=72, step=np.timedelta64(1, "h"), precipitation=rain)
    told = explore(network, {})["clusters"][0]["rain"]
    assert decode_arrays(told)["rain"].tolist()[:2] == [2.0, 1.0]
    assert np.isnan(decode_arrays(told)["rain"][2])
    assert told["first"] == np.datetime64("2013-01-01", "s").astype(int)
    dry = make_network(clusters=1, precipitation=None)
    assert explore(dry, {})["clusters"][0]["rain"] is None


def test_withheld_replicates_are_named(network, explore):
    part = np.full(network["soil_moisture"].shape, TRAINING)
    part[:, :, 1] = EVALUATION
    assert explore(network, {}, part=part)["clusters"][0]["depths"][0]["series"]["withheld"] == [1]


def test_progress_is_reported(network, explore):
    shares = []
    explore(network, {}, report=shares.append)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_network_without_readings_is_a_page_without_series(make_network, explore):
    network = make_network(np.full((1, 2, 3, 50), np.nan))
    data = explore(network, {"m": None})
    assert all(entry["series"] is None for entry in data["clusters"][0]["depths"])
    assert data["threshold"]["low"] < data["threshold"]["high"]
