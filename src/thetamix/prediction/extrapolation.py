"""What of a network lies outside of what a model was trained on: there it extrapolates."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from thetamix.model.inputs import InputSpec, Scale

#: A new place is never quite like the old ones: outside is beyond the range by more than this share of it.
MARGIN = 0.1
#: Every record has its extremes: of forcing, so large a share of the values may be outside.
EXTREMES = 0.01
#: Values of forcing that are looked at in one go.
TOGETHER = 2**22


def extrapolated(network: xr.Dataset, specs: Sequence[InputSpec]) -> list[str]:
    """Say of which inputs a network goes beyond what models were trained on.

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
    numbers = [(scales, 0.0) for scales in zip(*(spec.numbers for spec in specs), strict=True)]
    forcing = [
        (tuple(entry.scale for entry in entries), EXTREMES)
        for entries in zip(*(spec.forcing for spec in specs), strict=True)
    ]
    lines = []
    for scales, tolerated in [*numbers, *forcing]:
        name, trained = scales[0].name, _trained(scales)
        if trained is None or name not in network.variables:
            continue
        total, outside, here = _look_through(network[name], trained)
        if outside > tolerated * total:
            dimension = network[name].dims[-1]
            in_time = f"for {outside / total:.0%} of the values"
            where = in_time if dimension == "time" else f"at {outside} of {total} {dimension}s"
            units = network[name].attrs.get("units", "")
            now, then = (
                f"{lowest:.4g} to {highest:.4g} {units}".rstrip() for lowest, highest in (here, trained)
            )
            lines.append(f"the model extrapolates {where}: {name} is {now}, and was {then} in training")
    return lines


def _trained(scales: Sequence[Scale]) -> tuple[float, float] | None:
    """Join the ranges of several trainings; None where none has seen a value."""
    lowest = [scale.lowest for scale in scales if scale.lowest is not None]
    highest = [scale.highest for scale in scales if scale.highest is not None]
    return (min(lowest), max(highest)) if lowest and highest else None


def _look_through(record: xr.DataArray, trained: tuple[float, float]) -> tuple[int, int, tuple[float, float]]:
    """Count the values that there are and those outside of a range, and give their own."""
    margin = MARGIN * (trained[1] - trained[0])
    total = outside = 0
    lowest, highest = np.inf, -np.inf
    for values in _finite(record):
        total += values.size
        outside += int(np.count_nonzero((values < trained[0] - margin) | (values > trained[1] + margin)))
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    return total, outside, (lowest, highest)


def _finite(record: xr.DataArray) -> Iterator[np.ndarray]:
    """Give the values that there are, of some places (first dimension) at a time."""
    together = max(TOGETHER // (record.size // len(record)), 1)
    for first in range(0, len(record), together):
        values = record[first : first + together].to_numpy().astype(np.float64)
        values = values[np.isfinite(values)]
        if values.size:
            yield values
