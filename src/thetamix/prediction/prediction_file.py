"""The prediction file: mixtures over (cluster, depth, time, component), written as it is predicted."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import netCDF4
import numpy as np
import xarray as xr

from thetamix.network.netcdf import reading
from thetamix.prediction.cycle_file import expanded, is_cycle
from thetamix.prediction.layout import DIMENSIONS, PARAMETERS, define_labels, define_parameters
from thetamix.system.errors import InputError
from thetamix.system.files import atomic_path, require_file

#: Values of a chunk below which several clusters share one: a day of a grid has as many series as pixels.
SMALL_CHUNK = 2**13


class PredictionWriter:
    """Writes a prediction file, a series or a few clusters at a time; use :func:`write_prediction`.

    Parameters
    ----------
    path
        Where.
    network
        Gives clusters, depths and times.
    components
        Number of components.
    replicate
        The replicate of each component (component), where each belongs to one.
    title
        What the predictions are.
    """

    def __init__(
        self, path: Path, network: xr.Dataset, components: int, replicate: Sequence[int] | None, title: str
    ) -> None:
        self._file = netCDF4.Dataset(path, "w", format="NETCDF4")
        self._file.setncatts({"Conventions": "CF-1.11", "title": title, "source": "thetamix"})
        sizes = {name: network.sizes[name] for name in ("cluster", "depth", "time")} | {"component": components}
        for name, size in sizes.items():
            self._file.createDimension(name, size)
        define_labels(self._file, network)
        if replicate is not None:
            variable = self._file.createVariable("replicate", "i4", ("component",))
            variable.long_name = "number of the replicate that the component belongs to"
            variable[:] = replicate
        coordinates = "cluster_id" if replicate is None else "cluster_id replicate"
        chunks = (_clusters_together(sizes), 1, sizes["time"], components)
        define_parameters(self._file, DIMENSIONS, chunks, coordinates)

    def write(self, cluster: int, depth: int, weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> None:
        """Write one series.

        Parameters
        ----------
        cluster, depth
            Positions of the series.
        weight, mean, sd
            Of the components; broadcast to (time, component), NaN where there is no prediction.

        Raises
        ------
        ValueError
            If one has another shape.
        """
        shape = (self._file.dimensions["time"].size, self._file.dimensions["component"].size)
        for name, values in zip(PARAMETERS, (weight, mean, sd), strict=True):
            try:
                broad = np.broadcast_to(values, shape)
            except ValueError:
                given = np.shape(values)
                raise ValueError(f"{name} has the shape {given}, expected (time, component) = {shape}") from None
            self._file[name][cluster, depth] = broad.astype(np.float32)

    def comment(self, text: str) -> None:
        """Write what users of the file have to know."""
        self._file.setncattr("comment", text)

    def write_clusters(self, first: int, weight: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> None:
        """Write all series of consecutive clusters.

        Parameters
        ----------
        first
            Position of the first cluster.
        weight, mean, sd
            Of the components (cluster, depth, time, component), NaN where there is no prediction.
        """
        for name, values in zip(PARAMETERS, (weight, mean, sd), strict=True):
            self._file[name][first : first + len(values)] = values

    def __enter__(self) -> "PredictionWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def _clusters_together(sizes: dict[str, int]) -> int:
    """Choose how many clusters share a chunk: one, unless their records are so short that chunks were tiny."""
    return min(max(SMALL_CHUNK // (sizes["time"] * sizes["component"]), 1), sizes["cluster"])


@contextlib.contextmanager
def write_prediction(
    path: Path,
    network: xr.Dataset,
    components: int,
    *,
    replicate: Sequence[int] | None = None,
    title: str,
) -> Iterator[PredictionWriter]:
    """Write a prediction file, whole or not at all.

    Parameters
    ----------
    path, network, components, replicate, title
        See :class:`PredictionWriter`.

    Yields
    ------
    PredictionWriter
        Takes one series after the other; what is not written is missing.
    """
    with (
        atomic_path(path) as temporary,
        PredictionWriter(temporary, network, components, replicate, title) as file,
    ):
        yield file


def open_prediction(path: str | Path) -> xr.Dataset:
    """Open a prediction file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    xarray.Dataset
        ``component_weight`` [1], ``component_mean`` and ``component_sd`` [m3 m-3] over (cluster, depth, time,
        component); values are read when they are asked for. Its ``mixture`` answers for the distributions:
        ``prediction.mixture.quantile([0.2, 0.8])``.

    Raises
    ------
    InputError
        If the file is missing, damaged or has no mixtures.
    """
    import thetamix.mixture.accessor  # noqa: F401  # gives the data set its ``mixture``

    path = require_file(Path(path), "prediction")
    with reading(path):
        prediction = xr.open_dataset(path, engine="netcdf4", cache=False)
        if is_cycle(prediction):
            prediction = expanded(prediction)
    for name in PARAMETERS:
        if name not in prediction or prediction[name].dims != DIMENSIONS:
            prediction.close()
            raise InputError(f"{path}: not a prediction file: {name} over ({', '.join(DIMENSIONS)}) is missing")
    return prediction
