"""Tables of the models and of their inputs."""

import json

import numpy as np
import pytest

from thetamix.model.model_file import build_model, count_parameters, save_model
from thetamix.report.layouts.descriptions import count_numbers, inputs_table, model_table, models_table
from thetamix.system.errors import InputError


@pytest.fixture
def fits(make_card, tmp_path):
    """A conditioned model of one Gaussian and one of three, each with two seeds; and how many weights they have."""
    cards = {
        "condLSTM": make_card(components=1, replicates=["A", "B"], categories=[("soil_type", ("clay", "loam"))]),
        "3G-LSTM": make_card(components=3, forcing=[("precipitation", False), ("discharge", True)]),
    }
    folders, counts = {}, {}
    for name, card in cards.items():
        for seed in (1, 2):
            model = build_model(card)
            folders[name, seed] = tmp_path / f"{name}-s{seed}"
            save_model(folders[name, seed], model, card)
            counts[name] = count_parameters(model)
    return folders, counts


def test_sizes_are_those_of_the_files(fits):
    folders, counts = fits
    for (name, _), folder in folders.items():
        assert count_numbers(folder / "model.safetensors") == counts[name]
    seconds = {("condLSTM", 1): 100.0, ("condLSTM", 2): 140.0}
    table = models_table(folders, seconds)
    assert table.index.tolist() == ["condLSTM", "3G-LSTM"]
    assert table["Parameters"].tolist() == [f"{counts[name]:,}" for name in table.index]
    assert table["Gaussians"].tolist() == ["1", "3"]
    assert table["Training time [s]"].tolist() == ["120", "not recorded"]
    # Two forcings, the depth, two soil types, two replicates; and one, an optional one with its indicator, the depth.
    assert table["Inputs"].tolist() == ["7", "4"]


def test_table_1_says_what_the_models_are(fits):
    folders, _ = fits
    table = model_table({name: folder for (name, seed), folder in folders.items() if seed == 1})
    assert table["Sensor ID information"].tolist() == ["Used", "Not used"]
    assert table["Output"].tolist() == [
        "one Gaussian for each replicate",
        "a mixture of 3 Gaussians for all replicates",
    ]
    assert table.loc["condLSTM", "Input variables"] == "precipitation, air_temperature, depth, soil_type"
    assert table.loc["3G-LSTM", "Input variables"] == "precipitation, discharge (optional), depth"
    assert table.loc["3G-LSTM", "Hyperparameter setup"] == "1 layer of 4 units, dropout 0, 5 steps of 24 h"


def test_a_folder_without_a_model_is_an_error(tmp_path):
    with pytest.raises(InputError, match="model"):
        model_table({"m": tmp_path})
    (tmp_path / "model.json").write_text(json.dumps({"inputs": {}}), encoding="utf-8")
    with pytest.raises(InputError, match="architecture, sequence, step_hours is missing"):
        model_table({"m": tmp_path})


def test_table_a1_tells_what_the_attributes_say(make_network):
    network = make_network(soil_type=np.array(["loam", "clay"], dtype=object), step=np.timedelta64(30, "m"))
    network["precipitation"].attrs |= {
        "source": "radar",
        "comment": "nearest pixel",
        "resolution": "1 km; 30 min",
    }
    table = inputs_table(network, ["elevation", "soil_type", "precipitation"])
    assert table.index.tolist() == ["depth", "elevation", "soil type", "precipitation", "soil moisture"]
    rain, soil = table.loc["precipitation"], table.loc["soil type"]
    assert rain.tolist() == ["radar", "1 km; 30 min", "precipitation rate; nearest pixel", "mm h-1"]
    assert soil["Units"] == "class"
    assert soil["Supplementary information"] == "soil type; 2 classes: clay, loam"
    assert table.loc["elevation", "Resolution"] == "one value a cluster"
    assert table.loc["soil moisture", "Resolution"] == "30 min"
    assert table.loc["elevation", "Source"] == network.attrs["source"]  # nothing better is known
    assert table.loc["depth", "Units"] == "m"


def test_the_reference_is_listed_where_there_is_one(make_network):
    network = make_network(reference_soil_moisture=np.full((2, 2, 120), 0.3))
    assert "reference soil moisture" in inputs_table(network, []).index
