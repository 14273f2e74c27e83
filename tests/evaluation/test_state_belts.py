"""Belts by state against the belts themselves, and a state that does not make variability where there is none."""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.belts import belt_of_readings, series_belts
from thetamix.evaluation.marginals import STEP
from thetamix.evaluation.paired_series import PairedSeries
from thetamix.evaluation.series_forecast import SeriesForecast
from thetamix.evaluation.state_belts import COLUMNS, BeltsByState, belt_table, leave_one_out
from thetamix.network.series import Series


def made(readings: np.ndarray, cluster: int = 0, sd: float = 0.05):
    steps = len(readings)
    mean = readings.mean(axis=1, keepdims=True)
    said = SeriesForecast(*(np.broadcast_to(np.float32(a), (steps, 1)) for a in (1.0, mean, sd)), None)
    one = PairedSeries(
        series=Series(cluster, 0, f"c{cluster}", 0.1, (True,) * readings.shape[1]),
        steps=np.arange(steps),
        readings=readings,
        observed=readings.mean(axis=1),
        forecasts={"model": said},
        unpredicted={"model": 0},
    )
    return series_belts(one, seed=1)


def table(*belts, group=("marl", "schist")) -> pd.DataFrame:
    gathered = BeltsByState(group)
    for one in belts:
        gathered.add(one)
    rows = belt_table({"1": gathered.estimates()})
    return rows[rows["seed"] == "1"]


def chosen(rows: pd.DataFrame, **wanted) -> pd.DataFrame:
    return rows[np.logical_and.reduce([rows[name] == value for name, value in wanted.items()])]


@pytest.fixture
def readings() -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.uniform(0.1, 0.4, (900, 1)) + rng.normal(0, 0.03, (900, 3))


def test_bins_hold_the_belts_at_their_state(readings):
    belts = made(readings)
    rows = table(belts)
    assert list(rows.columns) == COLUMNS
    states = np.floor(readings.mean(axis=1) / 0.05).astype(int)
    for state in (2, 4, 7):
        mine = states == state
        wanted = {
            "group": "marl",
            "depth": "0.1",
            "state_low": round(0.05 * state, 2),
            "state_kind": "mean",
        }
        [observed] = chosen(rows, kind="observed", **wanted).to_dict("records")
        [predicted] = chosen(rows, kind="predicted", **wanted).to_dict("records")
        [matched] = chosen(rows, kind="matched", **wanted).to_dict("records")
        assert (observed["forecaster"], predicted["forecaster"]) == ("observed", "model")
        assert observed["n"] == predicted["n"] == mine.sum()
        drawn = mine[belts.drawn_at]
        assert matched["n"] == pytest.approx(drawn.mean() * mine.size, abs=1)
        assert observed["state_high"] == pytest.approx(0.05 * (state + 1))
        assert observed["mean"] == pytest.approx(belts.observed[mine].mean())
        assert matched["mean"] == pytest.approx(belts.matched["model"][drawn].mean())
        for level in (10, 25, 50, 75, 90):
            exact = np.quantile(belts.matched["model"][drawn], level / 100, method="inverted_cdf")
            assert matched[f"q{level}"] == pytest.approx(exact, abs=1.01 * STEP)
            assert predicted[f"q{level}"] == pytest.approx(belts.predicted["model"][0], abs=STEP)


def test_leave_one_out_has_no_reading_on_both_sides(readings):
    belts = made(readings)
    found = list(leave_one_out(belts))
    assert len(found) == 3
    states, observed, matched = found[1]
    np.testing.assert_array_equal(states, np.floor(readings[:, 1] / 0.05 + 1e-6))
    np.testing.assert_allclose(observed, belt_of_readings(readings[:, [0, 2]]))
    np.testing.assert_allclose(matched["model"], belt_of_readings(belts.drawn["model"][:, [0, 2]]))
    rows = chosen(table(belts), state_kind="leave_one_out", group="marl", kind="observed", depth="0.1")
    assert rows["n"].sum() == 3 * len(readings)


def test_skewed_readings_make_the_mean_state_tell_of_spread_and_not_the_state_left_out():
    """Readings that know of no state, with some far too wet: a wet mean has wide belts, a wet sibling has not."""
    rng = np.random.default_rng(1)
    readings = 0.2 + rng.exponential(0.05, (20_000, 3))
    rows = chosen(table(made(readings)), kind="observed", group="marl", depth="0.1")
    means = {kind: chosen(rows, state_kind=kind).set_index("state_low")["mean"] for kind in ("mean", "leave_one_out")}
    assert means["mean"][0.35] > 2 * means["mean"][0.2]
    assert means["leave_one_out"][0.35] == pytest.approx(means["leave_one_out"][0.2], rel=0.05)


def test_margins_are_unweighted_means_of_cells(readings):
    rows = table(made(readings), made(readings[:100] * 0.9 + 0.01, cluster=1))
    wanted = {"kind": "observed", "state_kind": "mean", "state_low": 0.2, "depth": "0.1"}
    cells = chosen(rows[rows["group"] != "all"], **wanted)
    [total] = chosen(rows, group="all", **wanted).to_dict("records")
    assert len(cells) == 2
    assert total["mean"] == pytest.approx(cells["mean"].mean())
    assert total["q50"] == pytest.approx(cells["q50"].mean())
    assert total["n"] == cells["n"].sum()


def test_two_replicates_have_no_state_of_others(readings):
    rows = table(made(readings[:, :2]))
    assert set(rows["state_kind"]) == {"mean"}


def test_one_replicate_has_predicted_belts_alone(readings):
    rows = table(made(readings[:, :1]))
    assert set(rows["kind"]) == {"predicted"}


def test_nothing_gathered_is_an_empty_table():
    rows = table()
    assert rows.empty
    assert list(rows.columns) == COLUMNS
