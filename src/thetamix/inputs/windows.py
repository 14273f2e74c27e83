"""Windows: what the loop draws its batches from, as contiguous tensors and start positions."""

from dataclasses import dataclass, replace

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from thetamix.inputs.encoding import complete_windows, forcing_inputs, static_inputs, with_replicate
from thetamix.inputs.spec import InputSpec
from thetamix.inputs.window_ends import scored_together, window_places
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class Windows:
    """All windows that a model is trained on.

    The forcing is stored once; a window is the position of its first step. All replicates of a series share a
    window, and are scored in one pass, unless the model is told which replicate it is.

    Attributes
    ----------
    forcing
        Float32 (cluster × time, dynamic input).
    static
        Float32 (row, static input): a row a series, or a series and replicate.
    first
        Position of the first step of each window in `forcing` (window), int64.
    row
        Row of `static` (window), int64.
    target
        Standardised readings (window, replicate), float32; NaN where there is none.
    sequence
        Length of a window [steps].
    left_out
        Number of windows that were not used because forcing is missing in them, or begins after them.
    names
        What each row of `static` is: ``c01 at 0.1 m``.
    """

    forcing: Tensor
    static: Tensor
    first: Tensor
    row: Tensor
    target: Tensor
    sequence: int
    left_out: int
    names: tuple[str, ...]

    def __len__(self) -> int:
        return self.first.shape[0]

    @property
    def scored(self) -> None:
        """None: a window is scored at its end alone."""
        return None

    @property
    def readings(self) -> int:
        """Number of readings that the windows are scored on."""
        return int(torch.isfinite(self.target).sum())

    def to(self, device: torch.device) -> "Windows":
        """Move the tensors to a device."""
        moved = {name: getattr(self, name).to(device) for name in ("forcing", "static", "first", "row", "target")}
        return replace(self, **moved)

    def name_of(self, window: Tensor) -> str:
        """Say of which series a window is."""
        return self.names[int(self.row[window])]

    def order(self, generator: torch.Generator | None) -> Tensor:
        """Give the windows of an epoch.

        Parameters
        ----------
        generator
            Shuffles them; None leaves them in order.

        Returns
        -------
        Tensor
            Their numbers, int64.
        """
        return torch.arange(len(self)) if generator is None else torch.randperm(len(self), generator=generator)

    def gather(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Cut out a batch of windows.

        Parameters
        ----------
        index
            Numbers of the windows (batch), int64.

        Returns
        -------
        inputs : Tensor
            Float32 (sequence, batch, dynamic input).
        fixed : Tensor
            Float32 (batch, static input).
        target : Tensor
            Float32 (batch, replicate).
        """
        steps = torch.arange(self.sequence, device=self.first.device)[:, None] + self.first[index]
        size = (self.sequence, index.shape[0])
        dynamic = self.forcing.index_select(0, steps.reshape(-1)).view(*size, -1)
        static = self.static.index_select(0, self.row[index])
        return dynamic, static, self.target.index_select(0, index)


def training_windows(
    network: xr.Dataset, trained: np.ndarray, readings: np.ndarray, spec: InputSpec, sequence: int
) -> Windows:
    """Collect the windows of the training part.

    Parameters
    ----------
    network
        With the model's inputs.
    trained
        Readings that are trained on (cluster, depth, replicate, time), boolean.
    readings
        Soil moisture of the same shape [m3 m-3].
    spec
        Of the model.
    sequence
        Length of a window [steps].

    Returns
    -------
    Windows
        In the order of cluster, depth, (replicate,) time.

    Raises
    ------
    InputError
        If no window is left.
    """
    forcing, complete = forcing_inputs(network, spec)
    whole = complete_windows(complete, sequence)
    static = static_inputs(network, spec)
    length = forcing.shape[1]
    replicates = len(spec.replicates)
    wanted = scored_together(trained, by_replicate=replicates > 0)
    if replicates:
        target = np.where(trained, readings, np.nan)[..., None]
    else:
        target = np.moveaxis(np.where(trained, readings, np.nan), 2, -1)[:, :, None]
    cluster, depth, replicate, end = np.nonzero(window_places(trained, whole, by_replicate=replicates > 0))
    if cluster.size == 0:
        raise InputError(
            f"no window of {sequence} steps with complete forcing ends at a reading of the training part; "
            "shorten training.sequence, fill the forcing or declare a variable optional"
        )
    values = (target[cluster, depth, replicate, end] - spec.target.mean) / spec.target.sd
    # One row of static inputs for each (cluster, depth, replicate) that is trained on.
    used = wanted.any(axis=-1)
    number = np.cumsum(used).reshape(used.shape) - 1
    keys = np.argwhere(used)
    rows = with_replicate(static[keys[:, 0], keys[:, 1]], keys[:, 2], replicates)
    return Windows(
        forcing=torch.from_numpy(forcing.reshape(-1, forcing.shape[-1])),
        static=torch.from_numpy(rows),
        first=torch.from_numpy(cluster * length + end - sequence + 1),
        row=torch.from_numpy(number[cluster, depth, replicate]),
        target=torch.from_numpy(values.astype(np.float32)),
        sequence=sequence,
        left_out=int(wanted.sum()) - cluster.size,
        names=row_names(network, keys, spec),
    )


def row_names(network: xr.Dataset, keys: np.ndarray, spec: InputSpec) -> tuple[str, ...]:
    """Name rows of static inputs.

    Parameters
    ----------
    network
        Names clusters, depths and replicates.
    keys
        Positions of each row's cluster, depth and replicate (row, 3).
    spec
        Of the model: where it is not told the replicate, a row is a series.

    Returns
    -------
    tuple of str
        ``c01 at 0.1 m``, perhaps with ``, replicate A``.
    """
    clusters = network["cluster_id"].to_numpy()
    depths = network["depth"].to_numpy()
    return tuple(
        f"{clusters[cluster]} at {depths[depth]:g} m"
        + (f", replicate {spec.replicates[replicate]}" if spec.replicates else "")
        for cluster, depth, replicate in keys
    )
