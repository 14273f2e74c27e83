"""Mixtures made elsewhere: the true law of a simulated network, another group's model."""

from pathlib import Path

import numpy as np

from thetamix.forecasters.base import ForecastContext
from thetamix.mixture import GaussianMixture
from thetamix.network.series import series
from thetamix.prediction.prediction_file import PARAMETERS, open_prediction, write_prediction
from thetamix.system.errors import InputError


def forecast_from_file(context: ForecastContext, *, file: Path) -> None:
    """Take over a prediction file, aligned with the network.

    Parameters
    ----------
    context
        The network.
    file
        The prediction file: its clusters and depths are found by name, its times must cover the network's.

    Raises
    ------
    InputError
        If a series or a time of the network is not in the file, or a prediction is no mixture.
    """
    network = context.network
    with open_prediction(file) as given:
        clusters = {str(name): i for i, name in enumerate(given["cluster_id"].to_numpy())}
        depths = {f"{depth:g}": i for i, depth in enumerate(given["depth"].to_numpy())}
        stamps = network["time"].to_numpy()
        places = np.searchsorted(given["time"].to_numpy(), stamps)
        inside = places < given.sizes["time"]
        if not inside.all() or (given["time"].to_numpy()[places] != stamps).any():
            raise InputError(f"{file}: its times do not cover those of the network")
        members = list(series(network))
        with write_prediction(
            context.output, network, given.sizes["component"], title=str(given.attrs.get("title", file.name))
        ) as prediction:
            for number, one in enumerate(members):
                depth = f"{one.depth_m:g}"  # float32 depths are those of the network as well
                if one.cluster_id not in clusters or depth not in depths:
                    raise InputError(f"{file}: no predictions for {one.name}")
                place = {"cluster": clusters[one.cluster_id], "depth": depths[depth]}
                values = [given[name].isel(place).to_numpy()[places] for name in PARAMETERS]
                _insist_on_mixtures(values, f"{file}: {one.name}")
                prediction.write(one.cluster, one.depth, *values)
                context.report((number + 1) / len(members))


def _insist_on_mixtures(values: list[np.ndarray], where: str) -> None:
    weight, mean, sd = values
    # A single component without spread is a point forecast.
    point = (sd == 0) & (sd.shape[-1] == 1)
    try:
        GaussianMixture(weight, mean, np.where(point, 1.0, sd))
    except ValueError as error:
        raise InputError(f"{where}: not a mixture: {error} (rows are the network's times, from 0)") from error
