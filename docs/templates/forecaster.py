"""Template of a forecaster: copy it to ``src/thetamix/forecasters/``, and add a line to ``FORECASTERS`` there."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.prediction.prediction_file import write_prediction
from thetamix.quality.checks.study_record import Needs


class Climate(Forecaster):
    """The training readings of a series in warm and in cold air: a mean and a standard deviation for each."""

    role: ClassVar[Role] = "null"

    kind: Literal["climate"]
    warm: float = Field(10.0, ge=-50, le=50)  # [degC]

    def needs(self, name: str) -> Needs:
        """Return what must be in the network; a study without it is refused before anything is trained."""
        return Needs(name, variables=("air_temperature",))

    def forecast(self, context: ForecastContext) -> None:
        """Write one Gaussian a step; NaN where the series has no training reading in such air."""
        network = context.network
        with write_prediction(context.output, network, 1, title=f"climate, warm above {self.warm:g}") as prediction:
            for series in context.each_series():
                readings, trained = context.of(series)
                warm = network["air_temperature"].isel(cluster=series.cluster).to_numpy() > self.warm
                mean, sd = np.full((2, warm.size, 1), np.nan)
                for weather in (warm, ~warm):
                    values = readings[trained & weather]
                    if values.size:
                        mean[weather], sd[weather] = values.mean(), values.std()
                weight = np.where(np.isfinite(mean), 1.0, np.nan)
                prediction.write(series.cluster, series.depth, weight, mean, sd)
