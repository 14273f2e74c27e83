"""What a step of a study is told."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from thetamix.forecasters.lstm import LSTM
from thetamix.splits.parts import EVALUATION
from thetamix.splits.settings import Split
from thetamix.study import models
from thetamix.study.context import StudyContext
from thetamix.study.models import _threads
from thetamix.study.resolve import parse_study, resolve_steps
from thetamix.system.progress import Progress
from thetamix.system.workers import cores_to_spare

MODEL = {"kind": "lstm"}


def parse(folder, entries, seeds, preset="paper"):
    raw = {
        "name": "study",
        "network": "network.nc",
        "inputs": {"forcing": ["precipitation"]},
        "training": {"preset": preset},
        "forecasters": entries,
        "seeds": seeds,
        "split": {"scheme": "blocks"},
    }
    return parse_study(raw, "study.yml", folder)


@pytest.mark.parametrize(
    ("workers", "models", "seeds", "threads"),
    [
        (1, 1, 1, 1),
        (2, 1, 1, 2),  # alone, with all cores
        (2, 2, 1, 2),  # the last one has those that the other left
        (2, 2, 3, 1),
        (16, 2, 1, 16),
        (16, 2, 3, 5),
        (16, 2, 40, 1),
    ],
)
def test_forecasts_share_the_cores(tmp_path, workers, models, seeds, threads):
    entries = {f"model {number}": MODEL for number in range(models)} | {"cycle": {"kind": "annual_cycle"}}
    context = SimpleNamespace(study=parse(tmp_path, entries, list(range(seeds))), workers=workers)
    assert _threads(context) == threads


@pytest.mark.parametrize(("preset", "workers", "threads"), [("paper", 1, 1), ("paper", 8, 2), ("fast", 8, 2)])
def test_a_fit_may_take_the_cores_that_are_free(tmp_path, monkeypatch, preset, workers, threads):
    jobs = []
    monkeypatch.setattr(LSTM, "training_parts", lambda *_: (None, None))
    monkeypatch.setattr("thetamix.training.train.train_lstm", lambda *given: jobs.append(given[5]))
    context = SimpleNamespace(
        study=resolve_steps(parse(tmp_path, {"model": MODEL}, [1], preset), np.timedelta64(1, "h")),
        network=None,
        observed=xr.DataArray(0.3),
        part=lambda _: None,
        counted=lambda *_: None,
        blocks=None,
        fit=lambda *_: tmp_path,
        progress=Progress(),
        workers=workers,
    )
    models.fit(context, "model", 1, "key")
    assert jobs[0].threads == threads
    assert jobs[0].spare is cores_to_spare


def test_a_sibling_that_reads_alone_is_shown_to_siblings_alone(tmp_path, make_network):
    """The rule on replicates is for training and scoring."""
    readings = np.full((1, 1, 3, 40), 0.3)
    for replicate in range(3):  # each misses ten steps of its own
        readings[0, 0, replicate, 10 * replicate : 10 * (replicate + 1)] = np.nan
    network = make_network(readings, depths=(0.1,))
    entries = {"siblings": {"kind": "siblings"}, "cycle": {"kind": "annual_cycle"}}
    study = parse(tmp_path, entries, [1]).model_copy(update={"split": Split(scheme="replicates")})
    context = StudyContext(study, network, tmp_path, Progress(), "")
    models.draw_splits(context)
    shown, counted = (
        models.forecast_context(context, name, 1, lambda _: None).trained[0, 0].sum() for name in entries
    )
    assert (shown, counted) == (2 * 30, 2 * 20)


def test_a_pool_is_told_where_its_members_forecasts_are(tmp_path, make_network):
    entries = {"cycle": {"kind": "annual_cycle"}, "pool": {"kind": "ensemble", "of": ["cycle"]}}
    context = StudyContext(parse(tmp_path, entries, [1]), make_network(), tmp_path, Progress(), "")
    models.draw_splits(context)
    given = models.forecast_context(context, "pool", 1, lambda _: None)
    assert given.predictions == {"cycle": tmp_path / "predictions" / "cycle-s1.nc"}
    assert given.output == tmp_path / "predictions" / "pool-s1.nc"


@pytest.mark.parametrize("forecast", ["scored", "all"])
def test_a_model_is_asked_for_the_evaluated_blocks_unless_for_all(tmp_path, make_network, forecast):
    study = parse(tmp_path, {"model": MODEL}, [1]).model_copy(
        update={"split": Split(scheme="blocks", block="10d"), "forecast": forecast}
    )
    context = StudyContext(study, make_network(steps=60), tmp_path, Progress(), "")
    models.draw_splits(context)
    given = models.forecast_context(context, "model", 1, lambda _: None)
    if forecast == "all":
        assert given.asked is None
        return
    (series, *_) = given.each_series()
    part = context.part(1)[series.cluster, series.depth]
    np.testing.assert_array_equal(given.asked(series), (part == EVALUATION).any(axis=0))
    assert 0 < given.asked(series).sum() < 60
