"""What forecasters work on, and what they wrote."""

from pathlib import Path

import numpy as np
import pytest

from thetamix.forecasters import FORECASTERS
from thetamix.forecasters.base import ForecastContext
from thetamix.network.by_series import Mask, Readings
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction


@pytest.fixture
def forecast(tmp_path):
    """Run a forecaster; gives weight, mean, sd (cluster, depth, time, component) and the open file."""

    def forecast(
        kind, network, *, trained=None, readings=None, seed=1, name="out", fit=Path(), predictions=None, **settings
    ):
        shares = []
        if readings is None:
            readings = network["soil_moisture"].to_numpy()
        context = ForecastContext(
            network=network,
            readings=Readings.of(readings),
            trained=Mask.of(np.isfinite(readings) if trained is None else trained),
            output=tmp_path / f"{name}.nc",
            seed=seed,
            report=shares.append,
            fit=fit,
            predictions=predictions or {},
            threads=2,
        )
        FORECASTERS[kind].model_validate({"kind": kind} | settings).forecast(context)
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        with open_prediction(context.output) as prediction:
            read = prediction.load()
        return (*(read[parameter].to_numpy() for parameter in PARAMETERS), read)

    return forecast
