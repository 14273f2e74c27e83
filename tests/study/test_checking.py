"""What has nothing to say is told before anything is trained: every forecaster under every split."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from thetamix.evaluation.paired_series import paired_series
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import TrainedForecaster
from thetamix.prediction.prediction_file import open_prediction, write_prediction
from thetamix.quality.checks import examine
from thetamix.study import models
from thetamix.study.checking import plan_of
from thetamix.study.context import StudyContext
from thetamix.study.resolve import parse_study, resolve_steps
from thetamix.system.progress import Progress

STEPS = 160
DAY = np.timedelta64(1, "D")
SPLITS: dict[str, dict[str, Any]] = {
    "blocks": {"block": "20d"},
    "calendar": {"block": "20d"},
    "clusters": {},
    "period": {"period": {"start": "2013-04-20", "end": "2013-06-20"}},
    "replicates": {},
}
ENTRIES: dict[str, dict[str, Any]] = {
    "lstm": {"kind": "lstm", "training": {"hidden": 2, "sequence": 4, "epochs": 1, "batch": 512}},
    "cycle": {"kind": "annual_cycle", "by": ["geology", "depth"]},
    "of the series": {"kind": "annual_cycle", "by": "series"},
    "of the depth": {"kind": "annual_cycle", "by": ["depth"]},
    "reference": {"kind": "reference"},
    "siblings": {"kind": "siblings"},
    "learned": {"kind": "siblings", "spread": "learned"},
    "process": {"kind": "process", "population": 4, "generations": 0},
    "filter": {"kind": "exponential_filter"},
    "file": {"kind": "file", "file": "law.nc"},
    "pool": {"kind": "ensemble", "of": ["of the depth", "of the series"]},
}


def readings(clusters: int, depths: int, replicates: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.uniform(0.2, 0.4, (clusters, depths, replicates, STEPS))


def pairs(make_network: Callable[..., xr.Dataset]) -> xr.Dataset:
    """Two replicates."""
    return make_network(readings(3, 2, 2), reference_soil_moisture=readings(3, 2, 1)[:, :, 0])


def triples_by_turns(make_network: Callable[..., xr.Dataset]) -> xr.Dataset:
    """Three replicates, of which never two are read at a time."""
    values = readings(3, 2, 3)
    for number in range(3):
        values[:, :, number][..., np.arange(STEPS) % 3 != number] = np.nan
    return make_network(values, reference_soil_moisture=readings(3, 2, 1)[:, :, 0])


def own_geology(make_network: Callable[..., xr.Dataset]) -> xr.Dataset:
    """Each cluster its own geology, three replicates, a single depth, and a reference without values."""
    return make_network(readings(3, 1, 3), depths=[0.1], reference_soil_moisture=np.full((3, 1, STEPS), np.nan))


def gap_in_forcing(make_network: Callable[..., xr.Dataset]) -> xr.Dataset:
    """Rain fails halfway; the deep sensors begin when those at the top have ended."""
    rain = np.where(np.arange(STEPS) < 100, 0.1, np.nan) * np.ones((3, 1))
    values = readings(3, 2, 3)
    values[:, 0, :, 60:] = values[:, 1, :, :90] = np.nan
    return make_network(values, precipitation=rain, reference_soil_moisture=readings(3, 2, 1)[:, :, 0])


@pytest.fixture
def drawn(tmp_path: Path) -> Callable[..., StudyContext]:
    """Draw the split of a study of all forecasters that it may have."""

    def make(network: xr.Dataset, scheme: str, rule: str) -> StudyContext:
        with write_prediction(tmp_path / "law.nc", network, 1, title="a law") as law:
            for cluster in range(network.sizes["cluster"]):
                law.write(cluster, 0, *np.full((3, STEPS, 1), [[[1.0]], [[0.3]], [[0.1]]]))
        raw = {
            "name": "all",
            "network": "network.nc",
            "quality": {"replicates": rule},
            "inputs": {"forcing": ["precipitation", "air_temperature"]},
            "split": {"scheme": scheme, **SPLITS[scheme]},
            "forecasters": {
                name: entry
                for name, entry in ENTRIES.items()
                if scheme == "replicates" or entry["kind"] != "siblings"
            },
        }
        study = resolve_steps(parse_study(raw, "study.yml", tmp_path), DAY)
        context = StudyContext(study, network, tmp_path, Progress(), "")
        models.draw_splits(context)
        return context

    return make


def undefined_everywhere(context: StudyContext) -> set[str]:
    """Names of the forecasters of which no series has a prediction, once they are done."""
    study = context.study
    for name, entry in study.forecasters.items():
        if isinstance(entry, TrainedForecaster):
            models.fit(context, name, 1, "key")
        models.forecast(context, name, 1)
    predictions = {name: open_prediction(context.prediction(name, 1)) for name in study.forecasters}
    heard: set[str] = set()
    part, rule = context.part(1), study.quality.replicates
    for series in paired_series(context.network, context.observed, part, rule, predictions):
        heard |= {name for name, given in series.forecasts.items() if np.isfinite(given.mean).any()}
    for prediction in predictions.values():
        prediction.close()
    return set(predictions) - heard


def told(context: StudyContext) -> dict[str, str]:
    findings = examine(context.network, "n.nc", plan_of(context.study))
    assert not [finding for finding in findings if finding.severity == "error"]
    silent = [finding for finding in findings if finding.check == "silent_forecasters"]
    return {finding.message.partition(": ")[0]: finding.message for finding in silent}


def test_all_kinds_are_tried():
    assert {entry["kind"] for entry in ENTRIES.values()} == set(FORECASTERS)


@pytest.mark.parametrize("make", [pairs, triples_by_turns, own_geology, gap_in_forcing])
@pytest.mark.parametrize("scheme", SPLITS)
def test_what_ends_undefined_everywhere_is_told_before(make, scheme, drawn, make_network):
    context = drawn(make(make_network), scheme, "any")
    before = set(told(context))
    assert before == undefined_everywhere(context)


def test_it_is_told_why_and_what_to_take(drawn, make_network):
    words = told(drawn(pairs(make_network), "replicates", "any"))
    assert "learned from two replicates at a time" in words["learned"]
    words = told(drawn(pairs(make_network), "clusters", "any"))
    assert "training readings at two depths of the same cluster" in words["filter"]
    assert words["pool"] == "pool: no series will have a prediction: it pools of the series, which has none"
