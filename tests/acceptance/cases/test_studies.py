"""Studies of networks as they really are: gaps, one sensor a depth, dozens of replicates, no weather."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from thetamix.evaluation.score import Score
from thetamix.evaluation.scores import SCORES
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.netcdf import open_network, write_network
from thetamix.prediction.prediction_file import open_prediction, write_prediction

CYCLES = {"cycle": {"kind": "annual_cycle"}, "of the series": {"kind": "annual_cycle", "by": "series"}}


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write a network and a study of it, make their folder the current one, and return it."""
    monkeypatch.chdir(tmp_path)

    def write(network: xr.Dataset, **keys: Any) -> Path:
        write_network(network, tmp_path / "network.nc")
        plain = {
            "name": "small",
            "network": "network.nc",
            "inputs": {"forcing": []},
            "split": {"block": "10d"},
            "forecasters": CYCLES,
            "evaluation": {"bootstrap": {"draws": 5, "block_draws": 20}},
        }
        (tmp_path / "study.yml").write_text(yaml.safe_dump(plain | keys, sort_keys=False), encoding="utf-8")
        return tmp_path

    return write


# How many steps a score is computed from


def evaluated(splits: pd.DataFrame, network: xr.Dataset, cluster: str, depth: float) -> np.ndarray:
    """The steps of the evaluation part of a series, from the table of the run."""
    of = splits[
        (splits["cluster"] == cluster) & np.isclose(splits["depth"], depth) & (splits["part"] == "evaluation")
    ]
    times = network["time"].to_numpy()
    inside = [
        (times > np.datetime64(a)) & (times <= np.datetime64(b)) for a, b in zip(of["start"], of["end"], strict=True)
    ]
    return np.any(inside, axis=0) if inside else np.zeros(times.size, dtype=bool)


@pytest.mark.parametrize("rule", ["any", "all"])
def test_n_is_the_number_of_steps_that_a_score_is_computed_from(thetamix, study, make_network, rule):
    rng = np.random.default_rng(5)
    readings = rng.uniform(0.1, 0.4, (2, 2, 3, 100))
    readings[rng.random(readings.shape) < 0.3] = np.nan
    readings[0, 0, 1:] = np.nan  # a single replicate has no belt
    folder = study(make_network(readings), quality={"replicates": rule})
    assert thetamix("run", "study.yml", "--out", "run").code == 0
    scores = pd.read_csv(folder / "run" / "scores.csv", dtype={"seed": str, "depth": str})
    splits = pd.read_csv(folder / "run" / "splits.csv")
    of_series = scores[scores["cluster"] != "all"]
    of_series = of_series[of_series["score"] != "steps_without_prediction"]
    seen = set()
    with (
        open_network(folder / "network.nc") as network,
        open_prediction(folder / "run" / "predictions" / "cycle-s1.nc") as prediction,
    ):
        for row in of_series[of_series["seed"] == "1"].to_dict("records"):
            cluster, depth = int(row["cluster"][1:]), [0.1, 0.3].index(float(row["depth"]))
            values = network["soil_moisture"].to_numpy()[cluster, depth]
            there = np.isfinite(values)
            complete = there[there.any(axis=1)].all(axis=0)
            use = complete if rule == "all" else there.any(axis=0)
            mean = prediction["component_mean"].to_numpy()[cluster, depth]
            use = (
                use & evaluated(splits, network, row["cluster"], float(row["depth"])) & np.isfinite(mean).all(axis=1)
            )
            name = row["score"].partition(" (")[0]
            if name in ("crps", "log_likelihood") and "leave-one-out" in row["forecaster"]:
                expected = int((use & (there.sum(axis=0) > 1)).sum())
            elif name in ("crps", "log_likelihood"):
                expected = int(use.sum())
            else:
                expected = int((use & complete).sum())
            alone = there.any(axis=1).sum() == 1
            if alone and (name.startswith("belt_w1") or name in ("belt_observed", "belt_matched")):
                expected = 0
            assert row["n"] == expected, row
            assert row["n_undefined"] == int(np.isnan(row["value"])), row
            seen.add(name)
        means = scores[(scores["cluster"] == "all") & (scores["seed"] == "1")]
        for row in means.to_dict("records"):
            same = of_series[(of_series["seed"] == "1") & (of_series["forecaster"] == row["forecaster"])]
            same = same[same["score"] == row["score"].replace("rmse_of_mean_mse", "mse")]
            geology = np.array(network["geology"])[same["cluster"].str[1:].astype(int)]
            mine = (row["geology"] in geology) & (geology == row["geology"]) | (row["geology"] == "all")
            mine &= (same["depth"] == row["depth"]) | (row["depth"] == "all")
            if len(same):
                defined = same[mine]["value"].notna()
                assert (row["n"], row["n_undefined"]) == (defined.sum(), (~defined).sum()), row
    assert {"kge", "rmse", "mse", "rank_correlation", "crps", "log_likelihood", "belt_w1_of_series"} <= seen


def test_a_run_is_scored_again_when_a_score_is_added(thetamix, study, make_network, monkeypatch):
    folder = study(make_network(steps=60))
    assert thetamix("run", "study.yml", "--out", "run").code == 0
    median = Score("Median error", lambda weighted: weighted.mean(weighted.sample.crps) / 2, higher_is_better=False)
    monkeypatch.setitem(SCORES, "median_error", median)
    said = thetamix("run", "study.yml", "--out", "run")
    assert "score: out of date (scores changed)" in said.out
    assert "forecast cycle-s1: up to date" in said.out
    assert "median_error" in set(pd.read_csv(folder / "run" / "scores.csv")["score"])


# Without weather


def test_a_network_without_weather_has_a_report_and_a_model_is_refused(thetamix, study, make_network):
    bare = dict.fromkeys(["precipitation", "potential_evapotranspiration", "air_temperature"])
    folder = study(make_network(steps=60, **bare), split={"scheme": "replicates"})
    plain = yaml.safe_load((folder / "study.yml").read_text())
    plain["forecasters"] |= {"siblings": {"kind": "siblings", "spread": "learned"}}
    (folder / "study.yml").write_text(yaml.safe_dump(plain, sort_keys=False))
    assert thetamix("check", "network.nc", "--study", "study.yml").code == 0
    said = thetamix("run", "study.yml", "--out", "run")
    assert said.code == 0, said.err
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    assert "No model was trained: what follows sets baselines side by side." in page
    leakage = pd.read_csv(folder / "run" / "tables" / "leakage.csv")
    assert (leakage["same_forcing"] == leakage["same_cluster"]).all()  # nothing is known of the weather
    plain["forecasters"] |= {"3G": {"kind": "lstm"}}
    (folder / "study.yml").write_text(yaml.safe_dump(plain, sort_keys=False))
    refused = thetamix("run", "study.yml", "--out", "run")
    assert refused.code == 2
    assert "forecasters.3G.inputs: an LSTM learns how soil answers to weather" in refused.err


# Parts of other authors


class Sloping(Forecaster):
    """Writes what its author made of the components, right or wrong."""

    role: ClassVar[Role] = "null"
    kind: Literal["sloping"]
    form: str = "right"

    def forecast(self, context: ForecastContext) -> None:
        steps = context.network.sizes["time"]
        weight = np.full((steps, 2), 0.5)
        given = {"turned": weight.T, "heavy": 2 * weight}.get(self.form, weight)
        with write_prediction(context.output, context.network, 2, title="slope") as prediction:
            for series in context.each_series():
                prediction.write(series.cluster, series.depth, given, np.full((steps, 2), [0.2, 0.3]), weight)
            if self.form == "broken":
                raise KeyError("slope")


WRONG_PARTS = [
    (
        "turned",
        "forecaster 'own': ValueError: component_weight has the shape (2, 60), expected (time, component) = (60, 2)",
    ),
    ("broken", "forecaster 'own': KeyError: 'slope'"),
    ("heavy", "forecaster 'own' at c00 at 0.1 m: ValueError"),
]


@pytest.mark.parametrize(("form", "words"), WRONG_PARTS)
def test_a_forecaster_that_writes_nonsense_is_named(thetamix, study, make_network, monkeypatch, form, words):
    monkeypatch.setitem(FORECASTERS, "sloping", Sloping)
    study(make_network(steps=60), forecasters={"own": {"kind": "sloping", "form": form}})
    said = thetamix("run", "study.yml", "--out", "run")
    assert said.code == 1
    assert words in said.err
    assert "defect" not in said.err


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (
            lambda weighted: weighted.mean(weighted.sample.crps)[0],
            "its function gave the shape (), expected one value",
        ),
        (lambda weighted: weighted.sample.crps, "its function gave the shape"),
        (lambda weighted: weighted.sample.nothing, "AttributeError"),
    ],
)
def test_a_score_of_the_wrong_shape_is_named(thetamix, study, make_network, monkeypatch, function, words):
    monkeypatch.setitem(SCORES, "own", Score("Own", function, higher_is_better=False))
    study(make_network(steps=60))
    said = thetamix("run", "study.yml", "--out", "run")
    assert said.code == 1
    assert "score 'own' of cycle at c00 at 0.1 m" in said.err
    assert words in said.err
