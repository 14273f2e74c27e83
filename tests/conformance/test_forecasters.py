"""What every forecaster must do: those of the table, and the template of the documentation.

A forecaster of your own is tested here as soon as it is in the table. One that has keys without a default needs an
example in :data:`EXAMPLES`.
"""

import shutil
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import yaml

from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import Forecaster, Role, TrainedForecaster
from thetamix.network.by_series import BySeries
from thetamix.network.netcdf import open_network, write_network
from thetamix.network.schema import time_step
from thetamix.network.series import series
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction
from thetamix.quality.checks import examine
from thetamix.splits.settings import Split
from thetamix.study import models
from thetamix.study.checking import plan_of
from thetamix.study.context import StudyContext
from thetamix.study.resolve import load_study, resolve_steps, to_yaml
from thetamix.system.progress import Progress

from .template_files import template

#: Keys of a study's entry that have no default, and what makes a fit quick.
EXAMPLES = {
    "ensemble": {"of": ["cycle"]},
    "file": {"file": "elsewhere.nc"},
    "process": {"population": 4, "generations": 1},
    "reference": {"dress": "raw"},
}
TRAINING = {"sequence": 8, "epochs": 1, "hidden": 4, "windows_per_epoch": 64, "device": "cpu"}
WRONG = 7.0  # no soil is as wet


def from_template() -> type[Forecaster]:
    return template("forecaster").Climate


EVERY = FORECASTERS | {"climate": from_template()}


@pytest.fixture(params=EVERY)
def kind(request, monkeypatch):
    """Put a forecaster into the table; gives its word."""
    monkeypatch.setitem(FORECASTERS, request.param, EVERY[request.param])
    return request.param


def needs_of(entry):
    return entry.needs("it")


@pytest.fixture
def studied(kind, make_network, tmp_path):
    """A drawn study of the forecaster, with an annual cycle that has forecast already."""
    raw = {
        "name": "conformance",
        "network": "network.nc",
        "inputs": {"forcing": ["precipitation", "air_temperature"], "attributes": ["elevation"]},
        "training": TRAINING,
        "forecasters": {"cycle": {"kind": "annual_cycle", "by": "series"}, "it": entry_as_written(kind)},
    }
    (tmp_path / "study.yml").write_text(yaml.safe_dump(raw))
    needs = needs_of(load_study(tmp_path / "study.yml").forecasters["it"])
    raw["split"] = {"scheme": needs.scheme or "blocks", "block": "10d"}
    (tmp_path / "study.yml").write_text(yaml.safe_dump(raw))
    write_network(network_for(needs, make_network), tmp_path / "network.nc")
    with open_network(tmp_path / "network.nc") as network:
        study = resolve_steps(load_study(tmp_path / "study.yml"), time_step(network["time"]))
        context = StudyContext(study, network, tmp_path / "run", Progress(), "")
        models.draw_splits(context)
        models.forecast(context, "cycle", 1)
        shutil.copy(context.prediction("cycle", 1), tmp_path / "elsewhere.nc")
        yield context


def entry_as_written(kind):
    return {"kind": kind} | EXAMPLES.get(kind, {})


def network_for(needs, make_network):
    """A small network with gaps, and with what a forecaster needs."""
    rng = np.random.default_rng(5)
    readings = rng.uniform(0.1, 0.5, (2, 2, 3, 120)).astype(np.float32)
    readings[rng.random(readings.shape) < 0.02] = np.nan
    network = make_network(readings)
    network["reference_soil_moisture"] = (
        ("cluster", "depth", "time"),
        rng.uniform(0.1, 0.5, (2, 2, 120)).astype(np.float32),
        {"units": "m3 m-3"},
    )
    for name in [*needs.variables, *(forcing for forcing, _ in needs.forcing)]:
        if name not in network:
            network[name] = (("cluster", "time"), rng.uniform(0.1, 0.5, (2, 120)).astype(np.float32), {"units": "1"})
    return network


def forecast(context, output, *, poisoned=False):
    """Fit where it is trained, and forecast; gives weight, mean, sd and the whole file."""
    entry = context.study.forecasters["it"]
    shares = []
    given = replace(
        models.forecast_context(context, "it", 1, shares.append), output=output, fit=output.with_suffix("")
    )
    if isinstance(entry, TrainedForecaster):
        trained_on = replace(models.fit_context(context, "it", 1, "key"), folder=given.fit)
        summary = entry.fit(poison(trained_on) if poisoned else trained_on, lambda *_: None)
        assert isinstance(summary, str)
        assert all((given.fit / name).exists() for name in entry.fit_files)
    entry.forecast(poison(given) if poisoned else given)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with open_prediction(output) as prediction:
        read = prediction.load()
    return [read[name].to_numpy() for name in PARAMETERS], read


def poison(context):
    """Change every reading that may not be looked at, in the network as well."""
    hidden = context.network["soil_moisture"].copy()
    values = np.where(context.trained.dense(), context.readings.dense(), WRONG).astype(np.float32)
    values[np.isnan(hidden.to_numpy())] = np.nan
    return replace(
        context, network=context.network.assign(soil_moisture=hidden.copy(data=values)), readings=BySeries.of(values)
    )


def test_it_says_what_it_is(kind):
    made = EVERY[kind]
    assert issubclass(made, Forecaster)
    assert get_args(made.model_fields["kind"].annotation) == (kind,)
    assert made.role in get_args(Role)
    assert type(made.version) is int
    assert made.version >= 1
    assert (made.__doc__ or "").strip(), "its docstring is its line in the reference of the study file"
    if issubclass(made, TrainedForecaster):
        assert type(made.fit_version) is int
        assert made.fit_files


def test_its_settings_read_back_as_the_same(studied, tmp_path):
    (tmp_path / "again.yml").write_text(to_yaml(studied.study))
    assert load_study(tmp_path / "again.yml") == studied.study


def test_a_mistyped_key_is_refused_by_its_name(kind):
    written = entry_as_written(kind) | {"inputs": {"forcing": ["rain"]}, "training": {}}
    written = {key: value for key, value in written.items() if key in EVERY[kind].model_fields}
    with pytest.raises(ValueError, match="unknown key 'noise'"):
        EVERY[kind].model_validate(written | {"noise": 1})


def test_its_keys_are_plain_and_forget_the_name(studied):
    entry = studied.study.forecasters["it"]
    assert yaml.safe_load(yaml.safe_dump(entry.key_settings())) == entry.key_settings()
    assert entry.key_settings()["kind"] == entry.kind


def test_its_prediction_file_has_a_mixture_for_each_series(studied, tmp_path):
    (weight, mean, sd), read = forecast(studied, tmp_path / "out.nc")
    sizes = studied.network.sizes
    shape = (sizes["cluster"], sizes["depth"], sizes["time"])
    assert weight.shape == mean.shape == sd.shape
    assert weight.shape[:3] == shape
    assert read["time"].equals(studied.network["time"])
    predicted = np.isfinite(mean).all(axis=-1)
    assert predicted.any()
    for values in (weight, mean, sd):
        np.testing.assert_array_equal(np.isfinite(values).all(axis=-1), predicted)
    np.testing.assert_allclose(weight[predicted].sum(axis=-1), 1.0, rtol=1e-5)
    assert (weight[predicted] >= 0).all()
    if studied.study.forecasters["it"].point:
        assert (sd[predicted] == 0).all()
    else:
        assert (sd[predicted] > 0).all()
    assert {(s.cluster, s.depth) for s in series(studied.network)} >= {tuple(at[:2]) for at in np.argwhere(predicted)}


def test_it_looks_at_no_reading_outside_the_training_part(studied, tmp_path):
    honest, _ = forecast(studied, tmp_path / "honest.nc")
    blind, _ = forecast(studied, tmp_path / "blind.nc", poisoned=True)
    entry = studied.study.forecasters["it"]
    if entry.reads_evaluated:
        assert entry.role == "bound", "what reads evaluated readings is no forecast that may be ranked"
        assert not np.array_equal(honest[1], blind[1], equal_nan=True)
        return
    for before, after in zip(honest, blind, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("kind", ["climate"], indirect=True)
def test_a_forecaster_that_looks_is_seen(studied, tmp_path, monkeypatch):
    honest = EVERY["climate"].forecast

    def looks(self, context):
        honest(self, replace(context, trained=context.readings.map(np.isfinite, absent=np.False_)))

    monkeypatch.setattr(EVERY["climate"], "forecast", looks)
    before, _ = forecast(studied, tmp_path / "before.nc")
    after, _ = forecast(studied, tmp_path / "after.nc", poisoned=True)
    assert any(not np.array_equal(*values, equal_nan=True) for values in zip(before, after, strict=True))


def test_a_network_that_lacks_what_it_needs_is_refused_before_anything_is_trained(studied):
    needs = needs_of(studied.study.forecasters["it"])
    plan = plan_of(studied.study)
    lacking = [*needs.variables, *needs.attributes, *(name for name, _ in needs.forcing)]
    lacking += [name for name in needs.groups if name not in ("cluster", "depth")]
    assert not errors_of(studied.network, plan)
    for name in lacking:
        assert any(name in message for message in errors_of(studied.network.drop_vars(name), plan))
    if needs.scheme is not None:
        messages = errors_of(studied.network, replace(plan, split=Split(scheme="calendar", block="10d")))
        assert any("it: with split.scheme" in message for message in messages)


def errors_of(network, plan):
    return [finding.message for finding in examine(network, "network.nc", plan) if finding.severity == "error"]
