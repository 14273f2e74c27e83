"""Running means of the weather: ``precipitation_30d`` is the mean of ``precipitation`` over the 30 days that end now.

Of a rate that is the sum, by its length. The mean is missing where a step of its span is. Values are worked out for
the clusters that are read, when they are read.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from thetamix.network.schema import time_step
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError

_NAME = re.compile(r"(?P<base>\w+)_(?P<span>\d+[hd])")


def span_of(name: str) -> tuple[str, str] | None:
    """Return the variable that a running mean is of, and its span; None for another name.

    Examples
    --------
    >>> span_of("precipitation_30d"), span_of("precipitation")
    (('precipitation', '30d'), None)
    """
    match = _NAME.fullmatch(name)
    return (match["base"], match["span"]) if match else None


def with_running_means(network: xr.Dataset, names: Iterable[str]) -> xr.Dataset:
    """Add the running means among some names that a network lacks.

    Parameters
    ----------
    network
        The network.
    names
        Of inputs: a variable over (cluster, time), ``_``, and a span in hours or days. Other names are passed over.

    Returns
    -------
    xarray.Dataset
        With variables over (cluster, time), in the unit of the variable that they are of.

    Raises
    ------
    InputError
        If a span is no multiple of the network's step.
    """
    added = {}
    for name in dict.fromkeys(names):
        parts = span_of(name)
        if parts is None or name in network.variables or network.sizes["time"] < 2:
            continue
        base, span = parts
        if base not in network or network[base].dims != ("cluster", "time"):
            continue
        step = np.timedelta64(time_step(network["time"]), "ns")
        length = np.timedelta64(parse_duration(span), "ns")
        if length % step != np.timedelta64(0) or length < step:
            raise InputError(f"{name}: {span} is no multiple of the network's step; take a span that is")
        values = indexing.LazilyIndexedArray(_RunningMean(network[base], int(length // step)))
        attributes = network[base].attrs | {
            "long_name": f"{base} over the {span} before",
            "cell_methods": "time: mean",
        }
        added[name] = xr.Variable(("cluster", "time"), values, attributes)
    if not added:
        return network
    whole = network.assign(added)
    whole.set_close(network.close)
    return whole


class _RunningMean(BackendArray):
    """The mean over so many steps up to each."""

    def __init__(self, values: xr.DataArray, steps: int) -> None:
        self._values, self._steps = values, steps
        self.shape, self.dtype = values.shape, np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        chosen: np.ndarray = indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._chosen
        )
        return chosen

    def _chosen(self, key: tuple[int | slice | np.ndarray, ...]) -> np.ndarray:
        cluster, time = key
        rows = np.atleast_1d(np.arange(self.shape[0])[cluster])
        values = self._values.isel(cluster=rows).to_numpy().astype(np.float64)
        means = pd.DataFrame(values.T).rolling(self._steps, min_periods=self._steps).mean().to_numpy().T
        chosen = means.astype(np.float32)[:, time]
        return chosen[0] if isinstance(cluster, int | np.integer) else chosen
