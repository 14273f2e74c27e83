"""Windows: what the loop draws its batches from, as contiguous tensors and start positions."""

from dataclasses import dataclass, replace

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from thetamix.inputs.encoding import forcing_inputs, static_inputs, with_replicate
from thetamix.inputs.spec import InputSpec
from thetamix.inputs.window_ends import complete_windows, passes
from thetamix.network.by_series import NOTHING, Mask, Readings
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
        Position of the first step of each window in `forcing` (window), int32 where that is enough.
    row
        Row of `static` (window), int32.
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
        return sum(int(torch.isfinite(part).sum()) for part in torch.split(self.target, 2**16))

    def to(self, device: torch.device) -> "Windows":
        """Move the tensors to a device."""
        moved = {name: getattr(self, name).to(device) for name in ("forcing", "static", "first", "row", "target")}
        return replace(self, **moved)

    def name_of(self, window: Tensor) -> str:
        """Return of which series a window is."""
        return self.names[int(self.row[window])]

    def order(self, generator: torch.Generator | None) -> Tensor:
        """Return the windows of an epoch.

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
    network: xr.Dataset, trained: Mask, readings: Readings, spec: InputSpec, sequence: int
) -> Windows:
    """Collect the windows of the training part, in the order of cluster, depth, (replicate,) time.

    Parameters
    ----------
    network
        With the model's inputs.
    trained
        Readings that are trained on.
    readings
        Soil moisture [m3 m-3].
    spec
        Of the model.
    sequence
        Length of a window [steps].

    Raises
    ------
    InputError
        If no window is left.
    """
    forcing, complete = forcing_inputs(network, spec)
    by_replicate = bool(spec.replicates)
    wanted = passes(trained, by_replicate=by_replicate)
    ending = wanted.within(complete_windows(complete, sequence))
    count = sum(int(ends.sum()) for ends in ending.values())
    if not count:
        raise InputError(
            f"no window of {sequence} steps with complete forcing ends at a reading of the training part; "
            "shorten training.sequence, fill the forcing or declare a variable optional"
        )
    length = complete.shape[1]
    # Positions in single precision where they fit: there are more windows than anything else.
    position = np.int32 if complete.size < 2**31 else np.int64
    first, row = np.empty(count, position), np.empty(count, np.int32)
    target = np.empty((count, 1 if by_replicate else trained.shape[2]), np.float32)
    keys = rows_of(wanted)
    begin = 0
    for number, (cluster, depth, replicate) in enumerate(keys):
        ends = np.flatnonzero(ending[cluster, depth][replicate])
        own = slice(begin, begin + ends.size)
        first[own], row[own] = cluster * length + ends - sequence + 1, number
        target[own] = target_of(trained, readings, keys[number], spec)[ends]
        begin = own.stop
    return Windows(
        forcing=torch.from_numpy(forcing.reshape(-1, forcing.shape[-1])),
        static=torch.from_numpy(static_rows(network, keys, spec)),
        first=torch.from_numpy(first),
        row=torch.from_numpy(row),
        target=torch.from_numpy(target),
        sequence=sequence,
        left_out=sum(int(steps.sum()) for steps in wanted.values()) - count,
        names=row_names(network, keys, spec),
    )


def rows_of(wanted: Mask) -> np.ndarray:
    """List what has a row of static inputs: positions of its cluster, depth and replicate (row, 3)."""
    keys = [(*key, replicate) for key, steps in wanted.items() for replicate in np.flatnonzero(steps.any(axis=1))]
    return np.array(keys, dtype=np.int64).reshape(-1, 3)


def target_of(trained: Mask, readings: Readings, row: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Standardise the readings that a row is trained on (time, replicate), float32; NaN where there is none."""
    cluster, depth, replicate = row.tolist()
    shown = slice(replicate, replicate + 1) if spec.replicates else slice(None)
    marked, values = trained[cluster, depth][shown], readings[cluster, depth][shown]
    target: np.ndarray = ((np.where(marked, values, NOTHING) - spec.target.mean) / spec.target.sd).T
    return target


def static_rows(network: xr.Dataset, keys: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Return the static inputs of rows (row, static input)."""
    return with_replicate(static_inputs(network, spec)[keys[:, 0], keys[:, 1]], keys[:, 2], len(spec.replicates))


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
