"""Networks at a longer step, and several as a single one: what a study opens where it asks for either.

A cluster is read, brought to the step and put in its place after the other; nothing else is in memory.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network import netcdf
from thetamix.network.assemble import assemble, cluster_variable
from thetamix.network.joining import cluster_names, common_attributes, joined_depths, joined_values
from thetamix.network.longer_step import changing, interval_ends, kind_of_mean, resampled
from thetamix.network.observations import cluster_observations
from thetamix.network.schema import time_step
from thetamix.network.streaming import by_cluster, placeholder, series_variables
from thetamix.system.durations import format_duration, parse_duration
from thetamix.system.errors import InputError, first_of

#: The attribute of clusters that says which network they come from, where there are several.
SOURCE = "network"
_LABELS = ("cluster_id", "depth", "replicate", "replicate_label", "time", "time_bounds")
_WHERE_AND_WHEN = ("time_coverage_", "geospatial_")


class Preparation:
    """Networks that become a single one, at one step.

    Parameters
    ----------
    networks
        Open, by name: the name of the file, or what the study calls it.
    step
        Of the result; None: the longest of the networks.
    reject
        Flags of the readings that enter no mean.

    Attributes
    ----------
    skeleton
        The result, with placeholders for what changes in time.
    notes
        What is worth a line, in words; what was counted comes when all clusters were read.

    Raises
    ------
    InputError
        If the networks do not go together, or not into the step.
    """

    def __init__(
        self, networks: Mapping[str, xr.Dataset], step: np.timedelta64 | None = None, reject: Sequence[str] = ()
    ) -> None:
        steps = {source: time_step(network["time"]) for source, network in networks.items()}
        self._networks, self._reject, self._steps = networks, reject, steps
        self.step = max(steps.values()) if step is None else np.timedelta64(step, "ns")
        self._own_ends = {name: interval_ends(net["time"], self.step, name) for name, net in networks.items()}
        first, last = (edge(ends[at] for ends in self._own_ends.values()) for edge, at in ((min, 0), (max, -1)))
        self._ends = np.arange(first, last + np.timedelta64(1, "ns"), self.step)
        self._depths, self._positions = joined_depths(networks)
        counts = [network.sizes["cluster"] for network in networks.values()]
        self._first = dict(zip(networks, np.cumsum([0, *counts]).tolist(), strict=False))
        self.notes: list[str] = []
        self.skeleton = self._skeleton()

    def clusters(self) -> Iterator[dict[str, np.ndarray]]:
        """Iterate over the clusters: variable -> its values in the result, without the dimension cluster."""
        counts = np.zeros(3, dtype=np.int64)
        for source, network in self._networks.items():
            ends = self._own_ends[source]
            at = np.searchsorted(self._ends, ends)
            steps = slice(int(at[0]), int(at[-1]) + 1)
            for cluster in by_cluster(network):
                if self._steps[source] < self.step:
                    values = resampled(cluster[changing(network)], ends, self.step, self._reject)
                    counts += _counts(cluster, values.get("soil_moisture"), self._reject)
                else:
                    values = {name: cluster[name].to_numpy() for name in changing(network)}
                yield {name: self._placed(name, values.get(name), source, steps) for name in self._changing}
        if counts[0]:
            self.notes.append(
                f"{counts[0]:,} readings make {counts[2]:,} means of {format_duration(self.step)}; "
                f"{1 - counts[1] / counts[0]:.1%} of the readings are rejected and in none of them"
            )

    def dataset(self) -> xr.Dataset:
        """Return the result in memory: for a small network, or for days."""
        arrays: dict[str, list[np.ndarray]] = {name: [] for name in self._changing}
        for cluster in self.clusters():
            for name, values in cluster.items():
                arrays[name].append(values)
        return self.skeleton.assign(
            {name: self.skeleton[name].copy(data=np.stack(values)) for name, values in arrays.items()}
        )

    def _skeleton(self) -> xr.Dataset:
        networks = list(self._networks.values())
        names, repeated = cluster_names(self._networks)
        if repeated:
            self.notes.append(
                f"{first_of(repeated)}: in several networks; these clusters have the network's name in front"
            )
        self._sizes = {
            "cluster": len(names),
            "depth": self._depths.size,
            "replicate": max(network.sizes.get("replicate", 0) for network in networks),
            "time": self._ends.size,
        }
        self._changing = list(dict.fromkeys(name for network in networks for name in changing(network)))
        left_out = {name for network in networks for name in series_variables(network)} - set(self._changing)
        if left_out:
            self.notes.append(f"{', '.join(sorted(left_out))}: neither numbers nor flags, and left out")
        skeleton = assemble(
            self._variables(),
            cluster_id=names,
            depth=self._depths,
            replicate_label=self._replicates() or ["A"],
            time=self._ends,
            step=self.step,
            about=self._about(),
        )
        return skeleton if self._sizes["replicate"] else skeleton.drop_vars(["replicate", "replicate_label"])

    def _variables(self) -> dict[str, xr.Variable]:
        """Label all variables: what does not change in time with its values, the rest with placeholders."""
        variables: dict[str, xr.Variable] = {}
        several = len(self._networks) > 1
        for network in self._networks.values():
            for key, variable in network.variables.items():
                name = str(key)
                if name in (*_LABELS, *variables) or (several and "cluster" not in variable.dims):
                    continue
                if "time" in variable.dims and name not in self._changing:
                    continue
                attributes = common_attributes(name, self._networks)
                shape = [self._sizes.get(str(d), variable.sizes[d]) for d in variable.dims]
                if name in self._changing:
                    flags = name == "soil_moisture_flag" or "flag_masks" in attributes
                    values = placeholder(tuple(shape), np.int32 if flags else np.float32)
                    if "units" in attributes and kind_of_mean(variable) == "mean":
                        attributes["cell_methods"] = "time: mean"
                elif several:
                    where = {source: self._where(source, variable.dims) for source in self._networks}
                    values = joined_values(name, self._networks, shape, where)
                else:
                    values = variable.to_numpy()
                variables[name] = xr.Variable(variable.dims, values, attributes)
        if several:
            if SOURCE in variables:
                raise InputError(
                    f"network: a network has a variable {SOURCE!r}, which would say of which network a cluster is; "
                    "rename it"
                )
            sources = [name for name, network in self._networks.items() for _ in range(network.sizes["cluster"])]
            variables[SOURCE] = cluster_variable(np.array(sources, dtype=object), "network that the cluster is of")
        return variables

    def _where(
        self, source: str, dimensions: Sequence[Hashable], steps: slice | None = None
    ) -> tuple[np.ndarray, ...]:
        """Say where the values of a network are among those of all."""
        network = self._networks[source]
        at = {
            "cluster": self._first[source] + np.arange(network.sizes["cluster"]),
            "depth": self._positions[source],
            "replicate": np.arange(network.sizes.get("replicate", 0)),
            "time": np.arange(self._ends.size)[steps] if steps is not None else np.arange(0),
        }
        return np.ix_(*(at[str(dimension)] for dimension in dimensions))

    def _placed(self, name: str, values: np.ndarray | None, source: str, steps: slice) -> np.ndarray:
        """Put a cluster's values of a variable where they are among the depths, replicates and times of all."""
        target = self.skeleton[name]
        flags = target.dtype.kind == "i"
        full = np.full(target.shape[1:], 0 if flags else np.nan, dtype=target.dtype)
        if values is not None:
            full[self._where(source, target.dims[1:], steps)] = values
        return full

    def _replicates(self) -> list[str]:
        """Return the replicates' names: of the network that has most."""
        most = max(self._networks.values(), key=lambda network: network.sizes.get("replicate", 0))
        if "replicate_label" not in most.variables:
            return [str(number) for number in range(most.sizes.get("replicate", 0))]
        return [str(label) for label in most["replicate_label"].to_numpy()]

    def _about(self) -> dict[str, str]:
        """Return the global attributes: those of all networks, each text once."""
        texts: dict[str, dict[str, None]] = {}
        for network in self._networks.values():
            for key, text in network.attrs.items():
                if not key.startswith(_WHERE_AND_WHEN):
                    texts.setdefault(key, {})[str(text)] = None
        about = {key: "; ".join(own) for key, own in texts.items()}
        if any(step < self.step for step in self._steps.values()):
            rejected = f", without readings that are flagged {', '.join(self._reject)}" if self._reject else ""
            about["processing_level"] = f"means of {format_duration(self.step)}{rejected}"
        return about


def _counts(cluster: xr.Dataset, means: np.ndarray | None, reject: Sequence[str]) -> np.ndarray:
    """Count readings, those that are accepted, and means of them."""
    if means is None:
        return np.zeros(3, dtype=np.int64)
    values = (cluster["soil_moisture"].to_numpy(), cluster_observations(cluster, reject), means)
    return np.array([np.isfinite(array).sum() for array in values])


def open_network(
    path: str | Path, *, readings: bool = True, step: str | None = None, reject: Sequence[str] = ()
) -> xr.Dataset:
    """Open a network file and check it; at a longer step where one is given.

    Parameters
    ----------
    path
        The NetCDF file.
    readings
        False where it may do without soil moisture.
    step
        A longer step to bring it to, such as ``1d``: means over intervals that end at 00:00 UTC, in memory; see
        :func:`thetamix.network.longer_step.resampled`. None: values are read when they are asked for.
    reject
        Flags of the readings that enter no mean: ``["C01", "C02"]``.

    Returns
    -------
    xarray.Dataset
        The network.

    Raises
    ------
    InputError
        If the file is missing, damaged or not a network, or its step does not go into `step`.
    """
    network = netcdf.open_network(path, readings=readings)
    if step is None:
        return network
    with network:
        return Preparation({str(path): network}, parse_duration(step), reject).dataset()
