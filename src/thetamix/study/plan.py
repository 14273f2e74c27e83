"""What a study will fit, said before the first fit begins: seeds, epochs, windows, and what is begun already."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from thetamix.forecasters.lstm import LSTM, schedule_of
from thetamix.forecasters.roles import of_class
from thetamix.inputs.window_ends import window_places
from thetamix.study.context import StudyContext
from thetamix.study.models import fit_context
from thetamix.training.schedule import may_stop


@dataclass(frozen=True)
class PlannedFit:
    """One fit that is to be done.

    Attributes
    ----------
    forecaster
        Its name.
    epochs
        At most, where training may stop before.
    windows, per_epoch
        Windows of the part that is trained on, and how many are drawn in an epoch at most.
    unit
        ``stretches`` where there is a warm-up.
    begun
        True where an earlier run left a checkpoint of it.
    """

    forecaster: str
    epochs: int
    may_stop: bool
    windows: int
    per_epoch: int | None
    unit: Literal["windows", "stretches"]
    begun: bool = False

    @property
    def drawn(self) -> int:
        """Windows of an epoch."""
        return min(self.windows, self.per_epoch or self.windows)


def plan_lines(fits: Sequence[PlannedFit], workers: int) -> list[str]:
    """Return what is going to be fitted, in a line about all fits and one for each forecaster.

    Parameters
    ----------
    fits
        All that are to be done.
    workers
        How many go on at a time.
    """
    together = min(workers, len(fits))
    lines = [f"plan: {_count(len(fits), 'fit')}{f', {together} at a time' if together > 1 else ''}"]
    for forecaster in dict.fromkeys(fit.forecaster for fit in fits):
        same = [fit for fit in fits if fit.forecaster == forecaster]
        begun = sum(fit.begun for fit in same)
        lines.append(
            f"  {forecaster} ({_count(len(same), 'seed')}): {'up to ' if same[0].may_stop else ''}"
            f"{_count(same[0].epochs, 'epoch')} of {_windows(same)}"
            + (f"; {begun} of them begun already" if begun else "")
        )
    return lines


def foresee(context: StudyContext, workers: int, keys: dict[str, str]) -> None:
    """Say the plan of a study before its first fit.

    Parameters
    ----------
    context
        Of the study, whose splits are drawn.
    workers
        How many fits go on at a time.
    keys
        Of the fits that are to be done, by the names of their steps.
    """
    fits = [
        _planned(context, name, entry, seed, keys[f"fit {name}-s{seed}"])
        for seed in context.study.seeds
        for name, entry in of_class(context.study.forecasters, LSTM).items()
        if f"fit {name}-s{seed}" in keys
    ]
    for line in plan_lines(fits, workers):
        context.progress.say(line)


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _windows(fits: Sequence[PlannedFit]) -> str:
    sizes = sorted({fit.windows for fit in fits})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    drawn = {fit.drawn for fit in fits}
    out_of = f"{drawn.pop():,} out of " if len(drawn) == 1 and drawn != set(sizes) else ""
    return f"{out_of}{size} {fits[0].unit}"


def _planned(context: StudyContext, name: str, entry: LSTM, seed: int, key: str) -> PlannedFit:
    trained, _ = entry.training_parts(fit_context(context, name, seed, key))
    return PlannedFit(
        forecaster=name,
        epochs=entry.training.epochs,
        may_stop=may_stop(schedule_of(entry.training)),
        windows=_count_windows(context.network, trained, entry),
        per_epoch=entry.training.windows_per_epoch,
        unit="windows" if entry.training.warm_up is None else "stretches",
        begun=_begun(context.fit(name, seed) / "checkpoint", key),
    )


def _count_windows(network: xr.Dataset, part: np.ndarray, entry: LSTM) -> int:
    from thetamix.inputs.encoding import window_ends

    settings, by_replicate = entry.training, entry.condition_on_replicate
    forcing = entry.inputs.forcing_and_optional
    if settings.warm_up is None:
        ends = window_ends(network, forcing, settings.sequence.count)
        return int(np.count_nonzero(window_places(part, ends, by_replicate=by_replicate)))
    from thetamix.inputs.stretches import count_stretches  # torch: only where it is needed

    complete = window_ends(network, forcing, 1)
    lengths = (settings.sequence.count, settings.warm_up.count)
    return count_stretches(part, complete, *lengths, by_replicate=by_replicate)


def _begun(folder: Path, key: str) -> bool:
    if not folder.exists():
        return False
    from thetamix.training.checkpoint import load_checkpoint  # torch: only where it is needed

    return load_checkpoint(folder, key) is not None
