"""The process model: the simulation's soil, calibrated to each series (the paper's section 4.4 asks for it).

Layers to 1 m under snow and leaves, driven by the network's precipitation, potential evapotranspiration and air
temperature; no discharge. Parameters are searched for by differential evolution on the training readings alone, the
error is a Gaussian whose sd depends on the moisture. It answers for installed sensors: a series that was not trained
on has no prediction.

The way through the room: ``forcing`` what reaches the soil, ``soil_layers`` its course for given parameters,
``readings`` the line from soil to sensor and its error, ``search`` the differential evolution, ``calibrated`` all of
it together.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from thetamix.forecasters.base import ForecastContext, Forecaster, Role
from thetamix.network.by_series import Key
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence


class Process(Forecaster):
    """The soil model, calibrated for each series."""

    role: ClassVar[Role] = "model"

    kind: Literal["process"]
    population: int = Field(24, ge=4)
    generations: int = Field(25, ge=0)

    def needs(self, name: str) -> Needs:
        """Return its three forcings."""
        from thetamix.forecasters.process.forcing import NAMES

        why = "it is calibrated to training readings of the same series under complete forcing, and there are none"
        instead = "use a split that trains on every series, such as blocks, and fill the forcing"
        return Needs(name, variables=NAMES, silence=Silence(self._answers, why, instead))

    @staticmethod
    def _answers(sides: Sides) -> Answers:
        """Mark where the soil's state can be told, of series that were trained on."""
        from thetamix.forecasters.process.forcing import complete_steps

        complete = complete_steps(sides.network)

        def answer(key: Key) -> np.ndarray:
            calibrated = (complete[key[0]] & sides.trained[key]).any()
            answered: np.ndarray = complete[key[0]] & calibrated
            return answered

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Write the calibrated soil model of each series, one Gaussian a step."""
        from thetamix.forecasters.process.calibrated import forecast_calibrated  # scipy: only where it is needed

        forecast_calibrated(context, population=self.population, generations=self.generations)
