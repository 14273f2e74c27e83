"""The ensemble: the equal pool of other forecasters' mixtures (the paper's section 4.2 proposes it)."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from thetamix.forecasters.base import Dependencies, ForecastContext, Forecaster, Role
from thetamix.forecasters.reference import FORMS
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction, write_prediction
from thetamix.quality.checks.study_record import Needs


class Ensemble(Forecaster):
    """The equal pool of other forecasters."""

    role: ClassVar[Role] = "model"

    kind: Literal["ensemble"]
    of: list[str] = Field(min_length=1)

    def depends_on(self) -> Dependencies:
        """Return its members."""
        return Dependencies(forecasters=tuple(self.of))

    def needs(self, name: str) -> Needs:
        """Return its members."""
        return Needs(name, members=tuple(self.of))

    def check_among(self, forecasters: Mapping[str, Forecaster]) -> None:
        """Refuse members without a density."""
        for member in self.of:
            if forecasters[member].point:
                dressed = member + FORMS["raw"]
                raise ValueError(
                    f"{member} is a point forecast, which has no density to pool; "
                    + (f'pool "{dressed}"' if dressed in forecasters else "set its dress to raw")
                )

    def forecast(self, context: ForecastContext) -> None:
        """Write the equal pool of its members' mixtures.

        Where one of them has no prediction, neither has the pool: a pool of changing members would jump.
        """
        paths = [context.predictions[member] for member in self.of]
        with ExitStack() as stack:
            files = [stack.enter_context(open_prediction(path)) for path in paths]
            components = sum(file.sizes["component"] for file in files)
            title = f"equal pool of {', '.join(path.stem for path in paths)}"
            prediction = stack.enter_context(
                write_prediction(context.output, context.network, components, title=title)
            )
            for series in context.each_series():
                pooled = [
                    [file[name].isel(cluster=series.cluster, depth=series.depth).to_numpy() for file in files]
                    for name in PARAMETERS
                ]
                weight, mean, sd = (np.concatenate(values, axis=-1) for values in pooled)
                valid = np.where(np.isfinite(mean).all(axis=-1, keepdims=True), 1.0, np.nan)
                prediction.write(series.cluster, series.depth, weight * valid / len(files), mean * valid, sd * valid)
