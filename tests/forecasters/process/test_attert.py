"""On the paper's own network: better than the annual cycle of each series, and water that behaves."""

import os
from pathlib import Path

import numpy as np
import pytest

from thetamix.evaluation.paired_series import paired_series
from thetamix.evaluation.sample import series_samples
from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import ForecastContext
from thetamix.network.observations import observations
from thetamix.prediction.prediction_file import open_prediction
from thetamix.readers.tables.csv_reader import read_csv
from thetamix.splits.draw import draw_split, readings_of_part, usable_readings
from thetamix.splits.parts import TRAINING
from thetamix.splits.settings import Split

pytestmark = pytest.mark.real

MAPPING = Path(__file__).parents[3] / "examples" / "attert" / "mapping.yml"


def test_better_than_the_annual_cycle(tmp_path):
    root = os.environ.get("THETAMIX_REAL_DATA")
    if not root:
        pytest.skip("THETAMIX_REAL_DATA does not name a folder of real data")
    everything = read_csv(Path(root) / "attert-colpach-daily", MAPPING, note=lambda _: None)
    network = everything.isel(cluster=slice(None, 6))
    observed = observations(network, ["C01", "C02"])
    part = draw_split(network, usable_readings(observed, "all"), 1, Split(scheme="calendar"))
    trained = readings_of_part(observed, part, TRAINING, "all")
    files = {}
    for kind, settings in {
        "process": {"population": 10, "generations": 8},
        "annual_cycle": {"by": ["cluster", "depth"]},
    }.items():
        output = tmp_path / f"{kind}.nc"
        context = ForecastContext(network, observed, trained, output, 1, lambda _: None)
        FORECASTERS[kind].model_validate({"kind": kind} | settings).forecast(context)
        with open_prediction(output) as prediction:
            files[kind] = prediction.load()
    crps, correlation = [], []
    for one in paired_series(network, observed, part, "all", files):
        if all(np.isfinite(said.mean).all() for said in one.forecasts.values()):
            samples = series_samples(one)
            crps.append([samples[kind].crps.mean() for kind in files])
            correlation.append([np.corrcoef(samples[kind].predicted, samples[kind].observed)[0, 1] for kind in files])
    process, cycle = np.mean(crps, axis=0)
    assert len(crps) > 8
    assert process < 0.95 * cycle
    process, cycle = np.nanmedian(correlation, axis=0)
    assert process > 0.75
    assert process > cycle + 0.2
