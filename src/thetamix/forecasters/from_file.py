"""Mixtures made elsewhere: the true law of a simulated network, another group's model."""

from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
import xarray as xr

from thetamix.forecasters.base import Dependencies, ForecastContext, Forecaster, Role
from thetamix.mixture import GaussianMixture
from thetamix.network.by_series import Key
from thetamix.network.series import series
from thetamix.prediction.layout import PARAMETERS
from thetamix.prediction.prediction_file import open_prediction, write_prediction
from thetamix.quality.checks.study_record import Answers, Needs, Sides, Silence
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

    def needs(self, name: str) -> Needs:
        """Return that its file has the network's series and times."""
        why = "its file has none where it is evaluated"
        return Needs(name, silence=Silence(self._answers, why, "give a file that has"))

    def _answers(self, sides: Sides) -> Answers:
        """Mark where the file has mixtures; raise where it lacks times or series of the network."""
        with open_prediction(self.file) as given:
            steps, positions = _positions(self.file, given, sides.network)

        def answer(key: Key) -> np.ndarray:
            with open_prediction(self.file) as given:
                mean = given["component_mean"][positions[key]].to_numpy()[steps]
            there: np.ndarray = np.isfinite(mean).all(axis=-1)
            return there

        return answer

    def forecast(self, context: ForecastContext) -> None:
        """Copy the file: its clusters and depths are found by name, its times must cover the network's."""
        network = context.network
        with open_prediction(self.file) as given:
            steps, positions = _positions(self.file, given, network)
            title = str(given.attrs.get("title", self.file.name))
            with write_prediction(context.output, network, given.sizes["component"], title=title) as prediction:
                for entry in context.each_series():
                    position = positions[entry.cluster, entry.depth]
                    values = [given[name][position].to_numpy()[steps] for name in PARAMETERS]
                    _insist_on_mixtures(values, f"{self.file}: {entry.name}")
                    prediction.write(entry.cluster, entry.depth, *values)


def _positions(path: Path, given: xr.Dataset, network: xr.Dataset) -> tuple[np.ndarray, dict[Key, Key]]:
    """Find in a prediction file the steps of a network (time), and each of its series."""
    clusters = {str(name): number for number, name in enumerate(given["cluster_id"].to_numpy())}
    depths = {f"{depth:g}": number for number, depth in enumerate(given["depth"].to_numpy())}
    stamps, times = network["time"].to_numpy(), given["time"].to_numpy()
    steps = np.searchsorted(times, stamps)
    if not (steps < times.size).all() or (times[steps] != stamps).any():
        raise InputError(f"{path}: its times do not cover those of the network")
    positions: dict[Key, Key] = {}
    for entry in series(network):
        depth = f"{entry.depth_m:g}"  # float32 depths are those of the network as well
        if entry.cluster_id not in clusters or depth not in depths:
            raise InputError(f"{path}: no predictions for {entry.name}")
        positions[entry.cluster, entry.depth] = clusters[entry.cluster_id], depths[depth]
    return steps, positions


def _insist_on_mixtures(values: list[np.ndarray], where: str) -> None:
    weight, mean, sd = values
    # A single component without spread is a point forecast.
    point = (sd == 0) & (sd.shape[-1] == 1)
    try:
        GaussianMixture(weight, mean, np.where(point, 1.0, sd))
    except ValueError as error:
        raise InputError(f"{where}: not a mixture: {error} (rows are the network's times, from 0)") from error
