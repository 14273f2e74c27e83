"""Mixtures made elsewhere: the true law of a simulated network, another group's model."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np

from thetamix.forecasters.base import Dependencies, ForecastContext, Forecaster, Role
from thetamix.mixture import GaussianMixture
from thetamix.prediction.prediction_file import PARAMETERS, open_prediction, write_prediction
from thetamix.system.errors import InputError


class FromFile(Forecaster):
    """Mixtures from a prediction file made elsewhere."""

    role: ClassVar[Role] = "bound"

    kind: Literal["file"]
    file: Path

    def located(self, folder: Path) -> Self:
        """Return the entry with an absolute path."""
        return self.model_copy(update={"file": (folder / self.file).resolve()})

    def depends_on(self) -> Dependencies:
        """Return its file."""
        return Dependencies(files={"sha256": self.file})

    def forecast(self, context: ForecastContext) -> None:
        """Copy the file: its clusters and depths are found by name, its times must cover the network's."""
        network = context.network
        with open_prediction(self.file) as given:
            clusters = {str(name): number for number, name in enumerate(given["cluster_id"].to_numpy())}
            depths = {f"{depth:g}": number for number, depth in enumerate(given["depth"].to_numpy())}
            stamps, times = network["time"].to_numpy(), given["time"].to_numpy()
            steps = np.searchsorted(times, stamps)
            if not (steps < times.size).all() or (times[steps] != stamps).any():
                raise InputError(f"{self.file}: its times do not cover those of the network")
            title = str(given.attrs.get("title", self.file.name))
            with write_prediction(context.output, network, given.sizes["component"], title=title) as prediction:
                for series in context.each_series():
                    depth = f"{series.depth_m:g}"  # float32 depths are those of the network as well
                    if series.cluster_id not in clusters or depth not in depths:
                        raise InputError(f"{self.file}: no predictions for {series.name}")
                    indexers = {"cluster": clusters[series.cluster_id], "depth": depths[depth]}
                    values = [given[name].isel(indexers).to_numpy()[steps] for name in PARAMETERS]
                    _insist_on_mixtures(values, f"{self.file}: {series.name}")
                    prediction.write(series.cluster, series.depth, *values)


def _insist_on_mixtures(values: list[np.ndarray], where: str) -> None:
    weight, mean, sd = values
    # A single component without spread is a point forecast.
    point = (sd == 0) & (sd.shape[-1] == 1)
    try:
        GaussianMixture(weight, mean, np.where(point, 1.0, sd))
    except ValueError as error:
        raise InputError(f"{where}: not a mixture: {error} (rows are the network's times, from 0)") from error
