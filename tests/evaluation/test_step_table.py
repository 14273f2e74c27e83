"""The step table against belts of the whole series."""

import numpy as np
import pytest

from thetamix.evaluation.belts import belt_of_readings
from thetamix.evaluation.step_table import COLUMNS, step_table
from thetamix.network.by_series import Part, Readings
from thetamix.splits.parts import EVALUATION, TRAINING

GEOLOGY = ["marl", "schist"]


@pytest.fixture
def case(make_network, make_mixtures):
    network = make_network(steps=100)
    readings = network["soil_moisture"].to_numpy().copy()
    readings[0, 0, 1, 10:14] = np.nan
    part = np.where(np.arange(100) < 60, EVALUATION, TRAINING)
    part = np.broadcast_to(part, readings.shape)
    mean = np.random.default_rng(0).uniform(0.1, 0.5, (2, 2, 100, 2))
    predictions = {
        "model": make_mixtures(network, [0.3, 0.7], mean, 0.05),
        "point": make_mixtures(network, 1.0, mean[..., :1], 0.0),
    }
    return network, readings, part, predictions


def table(case, forecaster="model", rule="any", **options):
    network, readings, part, predictions = case
    return step_table(
        network, Readings.of(readings), Part.of(part), rule, predictions, GEOLOGY, forecaster, 1, **options
    )


def test_rows_are_the_evaluated_steps_with_all_replicates(case):
    network, readings, _, predictions = case
    rows = table(case)
    assert list(rows.columns) == COLUMNS
    assert len(rows) == 4 * 60 - 4
    assert set(rows["depth"]) == {"0.1", "0.3"}
    mine = rows[(rows["cluster"] == "c00") & (rows["depth"] == "0.1")]
    steps = np.setdiff1d(np.arange(60), np.arange(10, 14))
    np.testing.assert_array_equal(mine["time"], network["time"].to_numpy()[steps])
    np.testing.assert_allclose(mine["state"], readings[0, 0][:, steps].mean(axis=0, dtype=float))
    np.testing.assert_allclose(mine["observed_belt"], belt_of_readings(readings[0, 0][:, steps].T.astype(float)))
    mean = predictions["model"]["component_mean"].to_numpy()[0, 0, steps].astype(float)
    np.testing.assert_allclose(mine["expectation"], mean @ [0.3, 0.7], rtol=1e-6)
    assert set(mine["group"]) == {"marl"}
    assert rows.notna().all(axis=None)


def test_thinning_keeps_rows_as_they_are(case):
    full, few = table(case), table(case, most_rows=80)
    assert 50 < len(few) < 110
    both = few.merge(full, on=["cluster", "depth", "time"], suffixes=("", "_full"))
    assert len(both) == len(few)
    np.testing.assert_array_equal(both["predicted_belt"], both["predicted_belt_full"])
    assert table(case, most_rows=80).equals(few)


def test_point_forecasts_have_an_expectation_and_no_belt(case):
    rows = table(case, "point")
    assert rows["expectation"].notna().all()
    assert rows[["predicted_belt", "matched_belt"]].isna().all(axis=None)


def test_nothing_evaluated_is_an_empty_table(case):
    network, readings, part, predictions = case
    rows = table((network, readings, np.full_like(part, TRAINING), predictions))
    assert rows.empty
    assert list(rows.columns) == COLUMNS
