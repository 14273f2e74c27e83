"""Inputs: how a network's variables become standardised tensors, in training and in prediction alike."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from thetamix.inputs.requirements import unit_of
from thetamix.inputs.spec import Category, ForcingInput, InputSpec, Scale
from thetamix.inputs.window_ends import window_ends
from thetamix.network.by_series import Mask, Readings

DEPTH = "depth"


def describe_inputs(
    network: xr.Dataset,
    trained: Mask,
    readings: Readings,
    sequence: int,
    *,
    forcing: Sequence[tuple[str, bool]],
    attributes: Sequence[str],
    condition_on_replicate: bool,
) -> InputSpec:
    """Fix the scaling and the categories of a model's inputs, from what its training loss uses.

    Parameters
    ----------
    network
        The network; its inputs have been found.
    trained
        Readings of the training part. Those count at which a window of complete forcing ends: the loss sees no
        others.
    readings
        Soil moisture [m3 m-3].
    sequence
        Length of a window [steps]: forcing counts where such a window sees it.
    forcing
        Names, and whether each is optional.
    attributes
        Names of numeric and text attributes.
    condition_on_replicate
        True where the model is told the replicate (condLSTM).

    Returns
    -------
    InputSpec
        With means and standard deviations computed in float64.
    """
    used = trained.within(window_ends(network, forcing, sequence))
    seen = _seen_by_windows(used.steps(), sequence)
    clusters = np.unique([cluster for cluster, _ in used]).astype(int)
    metres = network.variables["depth"].to_numpy()
    numbers = [_scale(network, DEPTH, np.array([metres[depth] for _, depth in used]))]
    categories = []
    for name in attributes:
        values = network.variables[name].values
        if values.dtype.kind in "fiu":
            numbers.append(_scale(network, name, values[clusters]))
        else:
            categories.append(Category(name, tuple(sorted({str(value) for value in values[clusters]}))))
    labels = [str(label) for label in network.variables["replicate_label"].to_numpy()]
    return InputSpec(
        forcing=tuple(
            ForcingInput(_scale(network, name, network.variables[name].values[seen]), optional)
            for name, optional in forcing
        ),
        numbers=tuple(numbers),
        categories=tuple(categories),
        replicates=tuple(labels) if condition_on_replicate else (),
        target=_scale(network, "soil_moisture", readings.select(used)),
    )


def forcing_inputs(network: xr.Dataset, spec: InputSpec) -> tuple[np.ndarray, np.ndarray]:
    """Standardise the forcing.

    Parameters
    ----------
    network
        With the model's forcing variables (cluster, time); optional ones may be absent.
    spec
        Of the model.

    Returns
    -------
    inputs : numpy.ndarray
        Float32 (cluster, time, dynamic input), contiguous. A missing value is 0; an optional variable is
        followed by 1 where it is there and 0 where it is not.
    complete : numpy.ndarray
        Where no required variable is missing (cluster, time), boolean.
    """
    shape = (network.sizes["cluster"], network.sizes["time"])
    inputs = np.zeros((*shape, spec.dynamic_size), dtype=np.float32)
    complete = np.ones(shape, dtype=bool)
    column = 0
    for entry in spec.forcing:
        if entry.optional and entry.scale.name not in network.variables:
            column += 2  # nothing is there: 0, and 0 to say so
            continue
        values = (network.variables[entry.scale.name].values.astype(np.float64) - entry.scale.mean) / entry.scale.sd
        there = np.isfinite(values)
        inputs[..., column] = np.where(there, values, 0.0)
        column += 1
        if entry.optional:
            inputs[..., column] = there
            column += 1
        else:
            complete &= there
    return inputs, complete


def static_inputs(network: xr.Dataset, spec: InputSpec) -> np.ndarray:
    """Standardise what does not change in time, but for the replicate.

    Parameters
    ----------
    network
        With the model's attributes (cluster).
    spec
        Of the model.

    Returns
    -------
    numpy.ndarray
        Float32 (cluster, depth, static input): depth first, other numbers, then 1 at the cluster's category.
    """
    clusters, depths = network.sizes["cluster"], network.sizes["depth"]
    columns = []
    for number in spec.numbers:
        values = (network.variables[number.name].values.astype(np.float64) - number.mean) / number.sd
        shape = (1, depths) if number.name == DEPTH else (clusters, 1)
        columns.append(np.broadcast_to(values.reshape(shape), (clusters, depths)))
    for category in spec.categories:
        values = network.variables[category.name].values.astype(str)
        columns += [np.broadcast_to((values == name)[:, None], (clusters, depths)) for name in category.values]
    return np.stack(columns, axis=-1).astype(np.float32)


def with_replicate(static: np.ndarray, replicate: np.ndarray, replicates: int) -> np.ndarray:
    """Add the one-hot code of the replicate (eq. 3).

    Parameters
    ----------
    static
        Float32 (row, static input).
    replicate
        Number of the replicate (row).
    replicates
        How many there are; 0 leaves `static` as it is.

    Returns
    -------
    numpy.ndarray
        Float32 (row, static input + replicates).
    """
    if replicates == 0:
        return static
    code = np.eye(replicates, dtype=np.float32)[replicate]
    return np.concatenate([static, code], axis=1)


def _seen_by_windows(ends: np.ndarray, sequence: int) -> np.ndarray:
    """Mark the steps that lie in a window that ends at a marked step (cluster, time)."""
    size = ends.shape[1]
    counts = np.concatenate([np.zeros((len(ends), 1), np.int64), np.cumsum(ends, axis=1)], axis=1)
    positions = np.arange(size)
    seen: np.ndarray = counts[:, np.minimum(positions + sequence, size)] > counts[:, positions]
    return seen


def _scale(network: xr.Dataset, name: str, values: np.ndarray) -> Scale:
    unit = unit_of(network, name)
    there = np.isfinite(values)
    finite = (values if there.all() else values[there]).astype(np.float64)
    if finite.size == 0:
        return Scale(name, 0.0, 1.0, None, None, unit)
    lowest, highest = float(finite.min()), float(finite.max())
    if lowest == highest:  # where rounding would give a tiny sd
        return Scale(name, lowest, 1.0, lowest, highest, unit)
    mean = float(finite.mean())
    finite -= mean  # in place: of all arrays of a fit, this is the largest
    finite *= finite
    return Scale(name, mean, float(np.sqrt(finite.mean())), lowest, highest, unit)
