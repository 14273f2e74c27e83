"""Stretches: sequence-to-many training, where the loss counts at every step after a warm-up."""

from dataclasses import dataclass, replace

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from thetamix.inputs.encoding import forcing_inputs
from thetamix.inputs.spec import InputSpec
from thetamix.inputs.window_ends import passes
from thetamix.inputs.windows import row_names, rows_of, static_rows, target_of
from thetamix.network.by_series import Mask, Readings
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class Stretches:
    """All stretches of time that a model is trained on, step by step.

    A stretch begins with a zero state; its readings count after the warm-up and up to the first step without
    forcing. The record is cut anew for each epoch, and what a cut leaves over at either end is scored by a stretch
    that lies within the record: an epoch counts no reading twice, and leaves out only what is too near
    behind a gap. It has the interface of :class:`thetamix.inputs.windows.Windows`.

    Attributes
    ----------
    forcing
        Float32 (cluster × time, dynamic input).
    static
        Float32 (row, static input): a row a series, or a series and replicate.
    cluster
        Of each row (row), int64.
    target
        Standardised readings (row × time, replicate), float32; NaN where there is none.
    gap
        The first step without forcing from a step on, or the number of steps (cluster × time), int64.
    readings_before
        Number of steps with readings before a step (row, time + 1), int32.
    sequence, warm_up
        Length of a stretch, and of its part before readings count [steps].
    left_out
        Number of readings that no stretch can score.
    names
        What each row is: ``c01 at 0.1 m``.
    """

    forcing: Tensor
    static: Tensor
    cluster: Tensor
    target: Tensor
    gap: Tensor
    readings_before: Tensor
    sequence: int
    warm_up: int
    left_out: int
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.order(None))

    def to(self, device: torch.device) -> "Stretches":
        """Move the tensors to a device."""
        names = ("forcing", "static", "cluster", "target", "gap", "readings_before")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})

    def name_of(self, stretch: Tensor) -> str:
        """Return of which series a stretch is."""
        return self.names[int(stretch) // self._span]

    @property
    def scored(self) -> int:
        """Number of steps of a stretch whose readings count."""
        return self.sequence - self.warm_up

    @property
    def length(self) -> int:
        """Number of time steps of the record."""
        return self.readings_before.shape[1] - 1

    @property
    def _span(self) -> int:
        """Number of steps at which a stretch may be cut, from before the record on."""
        return self.length + self.scored

    @property
    def readings(self) -> int:
        """Number of readings of the part."""
        return int(torch.isfinite(self.target).sum())

    def order(self, generator: torch.Generator | None) -> Tensor:
        """Cut the record into stretches, anew for each epoch.

        Parameters
        ----------
        generator
            Draws where each row is cut, and the order; None: from the record's first step, in order.

        Returns
        -------
        Tensor
            A number for each stretch, int64: which row, and where the cut begins.
        """
        rows = self.static.shape[0]
        offset = torch.zeros(rows, dtype=torch.int64)
        if generator is not None:
            offset = torch.randint(self.scored, (rows,), generator=generator)
        tables = (self.cluster, self.gap, self.readings_before)
        for further in range(self.scored):  # where few readings lie between gaps, a cut may miss all of them
            shifted = (offset + further) % self.scored
            row, cut = _cut(-shifted, *tables, sequence=self.sequence, warm_up=self.warm_up)
            if len(row):
                break
        stretches = row * self._span + cut + self.scored
        if generator is None:
            return stretches
        return stretches[torch.randperm(len(stretches), generator=generator).to(stretches.device)]

    def gather(self, index: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return a batch of stretches out of the record.

        Parameters
        ----------
        index
            From :meth:`order` (batch).

        Returns
        -------
        inputs : Tensor
            Float32 (sequence, batch, dynamic input).
        fixed : Tensor
            Float32 (batch, static input).
        target : Tensor
            Float32 (scored, batch, replicate).
        """
        row, cut = index // self._span, index % self._span - self.scored
        first = cut.clamp(0, self.length - self.sequence)
        origin = self.cluster[row] * self.length + first
        steps = torch.arange(self.sequence, device=index.device)[:, None]
        size = (self.sequence, index.shape[0])
        dynamic = self.forcing.index_select(0, (steps + origin).reshape(-1)).view(*size, -1)
        static = self.static.index_select(0, row)
        late = steps[self.warm_up :] + first
        target = self.target.index_select(0, (late + row * self.length).reshape(-1)).view(self.scored, size[1], -1)
        begin = cut + self.warm_up
        counts = (late >= begin) & (late < begin + self.scored) & (late < self.gap[origin])
        return dynamic, static, torch.where(counts[..., None], target, torch.nan)


def training_stretches(
    network: xr.Dataset, trained: Mask, readings: Readings, spec: InputSpec, sequence: int, warm_up: int
) -> Stretches:
    """Collect the stretches of a part, in the order of cluster, depth, (replicate).

    Parameters
    ----------
    network
        With the model's inputs.
    trained
        Readings of the part.
    readings
        Soil moisture [m3 m-3].
    spec
        Of the model.
    sequence, warm_up
        Length of a stretch, and of its part before readings count [steps].

    Raises
    ------
    InputError
        If the record is shorter than a stretch, or no reading can be scored.
    """
    forcing, complete = forcing_inputs(network, spec)
    length = forcing.shape[1]
    if length < sequence:
        raise InputError(
            f"the network's {length} time steps are fewer than training.sequence ({sequence}); shorten it"
        )
    trained = trained.map(lambda marked, values: marked & np.isfinite(values), readings)
    wanted = passes(trained, by_replicate=bool(spec.replicates))
    keys = rows_of(wanted)
    gap, readings_before = _tables(wanted, keys, complete)
    reached = _reached(complete, sequence, warm_up)
    target = np.empty((len(keys), length, 1 if spec.replicates else trained.shape[2]), np.float32)
    left_out = 0
    for number, key in enumerate(keys):
        target[number] = target_of(trained, readings, key, spec)
        left_out += int(np.isfinite(target[number][~reached[key[0]]]).sum())
    stretches = Stretches(
        forcing=torch.from_numpy(forcing.reshape(-1, forcing.shape[-1])),
        static=torch.from_numpy(static_rows(network, keys, spec)),
        cluster=torch.from_numpy(keys[:, 0].copy()),
        target=torch.from_numpy(target.reshape(-1, target.shape[-1])),
        gap=gap,
        readings_before=readings_before,
        sequence=sequence,
        warm_up=warm_up,
        left_out=left_out,
        names=row_names(network, keys, spec),
    )
    if len(stretches.order(None)) == 0:
        raise InputError(
            f"no reading of the training part has {warm_up} steps of complete forcing before it within a stretch of "
            f"{sequence}; shorten training.warm_up, fill the forcing or declare a variable optional"
        )
    return stretches


def count_stretches(trained: Mask, complete: np.ndarray, sequence: int, warm_up: int, *, by_replicate: bool) -> int:
    """Count the stretches that a part makes, without its values.

    Parameters
    ----------
    trained
        Readings of the part.
    complete
        Where no required forcing is missing (cluster, time), boolean.
    sequence, warm_up
        Length of a stretch, and of its part before readings count [steps].
    by_replicate
        True where the model is told the replicate.

    Returns
    -------
    int
        Cut from the record's first step; an epoch, which is cut elsewhere, may have a few more or less.
    """
    if trained.shape[-1] < sequence:
        return 0
    wanted = passes(trained, by_replicate=by_replicate)
    keys = rows_of(wanted)
    tables = _tables(wanted, keys, complete)
    offset = torch.zeros(len(keys), dtype=torch.int64)
    row, _ = _cut(offset, torch.from_numpy(keys[:, 0].copy()), *tables, sequence=sequence, warm_up=warm_up)
    return len(row)


def _tables(wanted: Mask, keys: np.ndarray, complete: np.ndarray) -> tuple[Tensor, Tensor]:
    """Give :attr:`Stretches.gap` and :attr:`Stretches.readings_before`."""
    before = np.zeros((len(keys), complete.shape[1] + 1), dtype=np.int32)
    for counts, (cluster, depth, replicate) in zip(before, keys.tolist(), strict=True):
        np.cumsum(wanted[cluster, depth][replicate], out=counts[1:])
    return torch.from_numpy(_next_gap(complete).reshape(-1)), torch.from_numpy(before)


def _cut(
    offset: Tensor, cluster: Tensor, gap: Tensor, readings_before: Tensor, *, sequence: int, warm_up: int
) -> tuple[Tensor, Tensor]:
    """Cut each row from its offset on (row); gives row and cut of the stretches that score a reading.

    A cut scores the readings from the warm-up on, up to the next cut. One that would begin before the record, or end
    after it, takes its inputs from the stretch at that end.
    """
    length, scored = readings_before.shape[1] - 1, sequence - warm_up
    slack = length - sequence
    cut = offset[:, None] + torch.arange(0, slack + 2 * scored, scored)
    row = torch.arange(offset.shape[0])[:, None].expand_as(cut)
    inside = cut < slack + scored
    row, cut = row[inside].to(gap.device), cut[inside].to(gap.device)
    first = cut.clamp(0, slack)
    begin = torch.maximum(cut, first) + warm_up
    end = torch.minimum((cut + sequence).clamp(max=length), gap[cluster[row] * length + first])
    scores = readings_before[row, torch.maximum(begin, end)] > readings_before[row, begin]
    return row[scores], cut[scores]


def _next_gap(complete: np.ndarray) -> np.ndarray:
    """Return the first step without forcing from each step on (cluster, time)."""
    length = complete.shape[1]
    steps = np.where(complete, length, np.arange(length))
    result: np.ndarray = np.minimum.accumulate(steps[:, ::-1], axis=1)[:, ::-1].copy()
    return result


def _reached(complete: np.ndarray, sequence: int, warm_up: int) -> np.ndarray:
    """Return which steps some stretch can score (cluster, time): forcing is complete from its beginning on.

    The last stretch of the record begins a sequence before its end, however near to the end a reading is.
    """
    length = complete.shape[1]
    last_gap = np.maximum.accumulate(np.where(complete, -1, np.arange(length)), axis=1)
    latest_begin = np.minimum(np.arange(length) - warm_up, length - sequence)
    reached: np.ndarray = latest_begin > last_gap
    return reached
