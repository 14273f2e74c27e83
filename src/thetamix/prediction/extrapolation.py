"""What of a network lies outside of what a model was trained on: there it extrapolates."""

from collections.abc import Iterator, Sequence, Set

import numpy as np
import xarray as xr

from thetamix.inputs.spec import InputSpec, Scale
from thetamix.system.errors import first_of

#: A new place is never quite like the old ones: outside is beyond the range by more than this share of it, ...
MARGIN = 0.1
#: ... or of the values, where all are alike: those of another file may be rounded.
ROUNDED = 1e-6
#: Every record has its extremes: of a cluster's forcing, so large a share of the values may be outside, ...
EXTREMES = 0.01
#: ... but none by more than the range, so many times.
FAR = 1.0
#: Values of forcing that are looked at in one go.
TOGETHER = 2**22


def extrapolated(network: xr.Dataset, specs: Sequence[InputSpec]) -> list[str]:
    """Return of which inputs a network goes beyond what models were trained on.

    Parameters
    ----------
    network
        It has the models' inputs; optional ones may be absent.
    specs
        Inputs of the models: the same, trained on different parts of a network.

    Returns
    -------
    list of str
        A line for each such input, with its range here and in the training of all models.
    """
    numbers = list(zip(*(spec.numbers for spec in specs), strict=True))
    forcing = [
        tuple(entry.scale for entry in entries) for entries in zip(*(spec.forcing for spec in specs), strict=True)
    ]
    lines = [
        _line_of_numbers(network, scales[0].name, _trained(scales))
        for scales in [*numbers, *forcing]
        if scales[0].name in network.variables
    ]
    lines += [
        _line_of_texts(network, categories[0].name, {value for category in categories for value in category.values})
        for categories in zip(*(spec.categories for spec in specs), strict=True)
    ]
    return [line for line in lines if line is not None]


def _line_of_numbers(network: xr.Dataset, name: str, trained: tuple[float, float] | None) -> str | None:
    record = network.variables[name]
    outside, lowest, highest = [], np.inf, -np.inf
    for values in _few_places(record):
        for flag, smallest, largest in zip(*_look_at(values, trained), strict=True):
            outside.append(flag)
            if flag:
                lowest, highest = min(lowest, smallest), max(highest, largest)
    if not any(outside):
        return None
    units = record.attrs.get("units", "1")
    here = _span(lowest, highest) + ("" if units == "1" else f" {units}")
    before = "missing" if trained is None else _span(*trained)
    return f"{_where(network, record, outside)}: {name} is {here} there, and was {before} in training"


def _span(lowest: float, highest: float) -> str:
    return f"{lowest:.6g}" if lowest == highest else f"{lowest:.6g} to {highest:.6g}"


def _line_of_texts(network: xr.Dataset, name: str, trained: Set[str]) -> str | None:
    record = network.variables[name]
    values = [str(value) for value in record.to_numpy()]
    outside = [value not in trained for value in values]
    if not any(outside):
        return None
    unseen = ", ".join(sorted(set(values) - trained))
    return f"{_where(network, record, outside)}: {name} {unseen} was not trained on, and counts as none"


def _where(network: xr.Dataset, record: xr.Variable, outside: Sequence[bool]) -> str:
    kind = str(record.dims[0])
    labels = network.variables["cluster_id" if kind == "cluster" else kind].to_numpy()
    names = [f"{label:g}" if kind == "depth" else str(label) for label in labels[np.array(outside)]]
    return f"the model extrapolates at {len(names)} of {len(outside)} {kind}s ({first_of(names)})"


def _trained(scales: Sequence[Scale]) -> tuple[float, float] | None:
    """Join the ranges of several trainings; None where none has seen a value."""
    lowest = [scale.lowest for scale in scales if scale.lowest is not None]
    highest = [scale.highest for scale in scales if scale.highest is not None]
    return (min(lowest), max(highest)) if lowest and highest else None


def _look_at(values: np.ndarray, trained: tuple[float, float] | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tell which places (row) have values (row, value) outside of a range, and each one's lowest and highest."""
    there = np.isfinite(values)
    lowest = np.min(values, axis=1, where=there, initial=np.inf)
    highest = np.max(values, axis=1, where=there, initial=-np.inf)
    if trained is None:
        return there.any(axis=1), lowest, highest
    width = trained[1] - trained[0]
    margin = max(MARGIN * width, ROUNDED * max(map(abs, trained)))
    beyond = np.maximum(trained[0] - values, values - trained[1])  # missing where the value is
    rare = EXTREMES * there.sum(axis=1) if values.shape[1] > 1 else 0.0
    often = np.count_nonzero(beyond > margin, axis=1) > rare
    far = (beyond > max(FAR * width, margin)).any(axis=1)
    return often | far, lowest, highest


def _few_places(record: xr.Variable) -> Iterator[np.ndarray]:
    """Return the values of some places at a time (place, value)."""
    together = max(TOGETHER * len(record) // max(record.size, 1), 1)
    for first in range(0, len(record), together):
        values = record[first : first + together].to_numpy().astype(np.float64)
        yield values.reshape(len(values), -1)
