"""Mixtures made elsewhere: the true law of a simulated network, another group's model."""

from pathlib import Path

import numpy as np

from thetamix.errors import InputError
from thetamix.forecasters.common import Material
from thetamix.network.series import series
from thetamix.prediction.files import PARAMETERS, open_prediction, write_prediction


def forecast_from_file(material: Material, *, file: Path) -> None:
    """Take over a prediction file, aligned with the network.

    Parameters
    ----------
    material
        The network.
    file
        The prediction file: its clusters and depths are found by name, its times must cover the network's.

    Raises
    ------
    InputError
        If a series or a time of the network is not in the file.
    """
    network = material.network
    with open_prediction(file) as given:
        clusters = {str(name): i for i, name in enumerate(given["cluster_id"].to_numpy())}
        depths = {float(depth): i for i, depth in enumerate(given["depth"].to_numpy())}
        stamps = network["time"].to_numpy()
        places = np.searchsorted(given["time"].to_numpy(), stamps)
        inside = places < given.sizes["time"]
        if not inside.all() or (given["time"].to_numpy()[places] != stamps).any():
            raise InputError(f"{file}: its times do not cover those of the network")
        members = list(series(network))
        with write_prediction(
            material.output, network, given.sizes["component"], title=str(given.attrs.get("title", file.name))
        ) as prediction:
            for number, one in enumerate(members):
                if one.cluster_id not in clusters or one.depth_m not in depths:
                    raise InputError(f"{file}: no predictions for {one.name}")
                place = {"cluster": clusters[one.cluster_id], "depth": depths[one.depth_m]}
                values = [given[name].isel(place).to_numpy()[places] for name in PARAMETERS]
                prediction.write(one.cluster, one.depth, *values)
                material.report((number + 1) / len(members))
