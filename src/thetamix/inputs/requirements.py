"""What a network has to have for a model: its inputs, some forcing, and categories that were trained on."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from thetamix.inputs.spec import InputSpec
from thetamix.system.errors import InputError, nearest

#: Clusters whose forcing is looked through at a time.
TOGETHER = 64


def find_inputs(
    network: xr.Dataset, forcing: Sequence[str], attributes: Sequence[str], optional: Sequence[str] = ()
) -> None:
    """Raise unless a network has the inputs that a study names.

    Parameters
    ----------
    network
        The network.
    forcing
        Names of variables over (cluster, time).
    attributes
        Names of variables over (cluster).
    optional
        Names of forcing that must be there but may hold nothing: a name that is nowhere is a slip of the pen.

    Raises
    ------
    InputError
        If one is missing, has other dimensions or has no value at a cluster.
    """
    for names, dimensions, kind in (
        ([*forcing, *optional], ("cluster", "time"), "forcing"),
        (attributes, ("cluster",), "attribute"),
    ):
        names_there = [str(n) for n, v in network.variables.items() if v.dims == dimensions]
        for name in names:
            if name not in names_there:
                raise InputError(f"the network has no {kind} {name!r}; {nearest(name, names_there)}")
    clusters = network.variables["cluster_id"].to_numpy()
    for name in attributes:
        values = network.variables[name].to_numpy()
        absent = ~np.isfinite(values) if values.dtype.kind in "fiu" else np.array([not str(v) for v in values])
        if absent.any():
            raise InputError(
                f"attribute {name} has no value at cluster {clusters[absent][0]}; "
                "give it one, or leave it out of inputs.attributes"
            )


def find_forcing(network: xr.Dataset, forcing: Sequence[str]) -> None:
    """Raise unless a network has some value of each forcing that a study names.

    Parameters
    ----------
    network
        The whole network; a cluster or a day without forcing is none of this.
    forcing
        Names of variables over (cluster, time).

    Raises
    ------
    InputError
        If one is missing throughout.
    """
    for name in forcing:
        if not any(np.isfinite(values).any() for values in few_at_a_time(network, name)):
            raise InputError(f"forcing {name} is missing throughout; fill it, or train without it (inputs.forcing)")


def few_at_a_time(network: xr.Dataset, name: str) -> Iterator[np.ndarray]:
    """Iterate over a forcing (cluster, time), a few clusters at a time."""
    for first in range(0, network.sizes["cluster"], TOGETHER):
        yield network[name].isel(cluster=slice(first, first + TOGETHER)).to_numpy()


def unit_of(network: xr.Dataset, name: str) -> str | None:
    """Return the unit of a variable; None where it says none."""
    unit = network.variables[name].attrs.get("units") if name in network.variables else None
    return None if unit is None else str(unit).strip()


def check_units(network: xr.Dataset, spec: InputSpec) -> None:
    """Raise unless a network's inputs have the units that the model was trained on.

    Parameters
    ----------
    network
        What shall be predicted.
    spec
        Of the model.

    Raises
    ------
    InputError
        At the first input whose network says another unit.
    """
    for scale in (*(entry.scale for entry in spec.forcing), *spec.numbers):
        unit = unit_of(network, scale.name)
        if None not in (unit, scale.unit) and unit != scale.unit:
            raise InputError(
                f"{scale.name} is in {unit!r}, and the model was trained on {scale.unit!r}; convert its values, or "
                f"where only the words differ, set its attribute units to {scale.unit!r}"
            )


def check_categories(network: xr.Dataset, spec: InputSpec) -> None:
    """Raise unless a network's text attributes hold only categories that were trained on.

    Parameters
    ----------
    network
        What shall be predicted.
    spec
        Of the model.

    Raises
    ------
    InputError
        At the first unseen category.
    """
    clusters = network.variables["cluster_id"].to_numpy()
    for category in spec.categories:
        for cluster, value in zip(clusters, network.variables[category.name].to_numpy(), strict=True):
            if str(value) not in category.values:
                raise InputError(
                    f"{category.name} {str(value)!r} of cluster {cluster} was not trained on "
                    f"(trained: {', '.join(category.values)}); give the cluster a trained category, or set "
                    "inputs.unseen to zero, so that it counts as none of them"
                )
