"""What a study's fits will take, said before the first one begins: windows, epochs and memory."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.inputs.window_ends import VALIDATED_AT_ONCE, window_places
from thetamix.study.context import StudyContext
from thetamix.study.memory import memory
from thetamix.study.models import schedule_of, training_parts
from thetamix.study.outlook import Outlook, PlannedFit, work_of_window
from thetamix.study.settings import LSTM
from thetamix.training.schedule import may_stop


def plan_lines(fits: Sequence[PlannedFit], workers: int) -> list[str]:
    """Say what is going to be fitted.

    Parameters
    ----------
    fits
        All that are to be done.
    workers
        How many go on at a time.

    Returns
    -------
    list of str
        One line about all, then one a model.
    """
    together = min(workers, len(fits))
    at_a_time = f", {together} at a time" if together > 1 else ""
    each = " each" if len(fits) > 1 else ""
    memory = max(fit.gigabytes for fit in fits)
    lines = [f"plan: {_count(len(fits), 'fit')}{at_a_time}, about {memory:.1f} GB of memory{each}"]
    for model in dict.fromkeys(fit.model for fit in fits):
        same = [fit for fit in fits if fit.model == model]
        line = f"  {model} ({_count(len(same), 'seed')}): {_epochs(same[0])} of {_windows(same)}"
        going_on = sum(fit.done > 0 for fit in same)
        lines.append(f"{line}; {going_on} of them begun already" if going_on else line)
    return lines


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _epochs(fit: PlannedFit) -> str:
    return f"{'up to ' if fit.may_stop else ''}{_count(fit.epochs, 'epoch')}"


def _windows(fits: Sequence[PlannedFit]) -> str:
    sizes = sorted({fit.windows for fit in fits})
    size = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    drawn = {fit.drawn for fit in fits}
    some = f"{drawn.pop():,} out of " if len(drawn) == 1 and drawn != set(sizes) else ""
    return f"{some}{size} {fits[0].unit}"


def foresee(context: StudyContext, workers: int, keys: dict[str, str]) -> None:
    """Say the plan of a study before its first fit, and its time as soon as that can be told.

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
        for name, entry in context.study.forecasters.items()
        if isinstance(entry, LSTM) and f"fit {name}-s{seed}" in keys
    ]
    for line in plan_lines(fits, workers):
        context.progress.say(line)
    context.progress.listen(Outlook(fits, workers, context.progress.say).hear)


def _planned(context: StudyContext, name: str, entry: LSTM, seed: int, key: str) -> PlannedFit:
    from thetamix.model.recurrence import compiles

    assert entry.inputs is not None
    assert entry.training is not None
    settings, schedule = entry.training, schedule_of(entry.training)
    trained, held_back = training_parts(context, entry, seed)
    windows = _count_windows(context.network, trained, entry)
    held = _count_windows(context.network, held_back, entry) if held_back is not None else 0
    sizes = context.network.sizes
    targets = 1 if entry.condition_on_replicate else sizes["replicate"]
    many = settings.warm_up is not None
    compiled = compiles(settings.layers)
    cut_from = trained.size // targets
    fit = PlannedFit(
        tag=f"{name}-s{seed}",
        model=name,
        windows=windows,
        held_back=held,
        per_epoch=settings.windows_per_epoch,
        batch=settings.batch,
        epochs=settings.epochs,
        may_stop=may_stop(schedule),
        cores=min(context.workers, schedule.shards),
        unit="stretches" if many else "windows",
        cost=work_of_window(settings.sequence.count, settings.layers, settings.hidden, compiled=compiled),
        gigabytes=memory(
            readings=trained.size,
            forcing=len(entry.inputs.forcing) * sizes["cluster"] * sizes["time"],
            trained=cut_from if many else windows,
            held_back=0 if held_back is None else cut_from if many else held,
            targets=targets,
            hidden=settings.hidden,
            layers=settings.layers,
            compiled=compiled,
            steps=settings.batch * settings.sequence.count,
            validated=0 if held_back is None or many else VALIDATED_AT_ONCE * settings.sequence.count,
            stretches=many,
        )
        / 1e9,
    )
    return replace(fit, done=_done(context.fit(name, seed) / "checkpoint", key, fit))


def _count_windows(network: xr.Dataset, part: np.ndarray, entry: LSTM) -> int:
    from thetamix.inputs.encoding import window_ends

    assert entry.inputs is not None
    assert entry.training is not None
    settings, by_replicate = entry.training, entry.condition_on_replicate
    forcing = [(one.name, one.optional) for one in entry.inputs.forcing]
    if settings.warm_up is None:
        ends = window_ends(network, forcing, settings.sequence.count)
        return int(np.count_nonzero(window_places(part, ends, by_replicate=by_replicate)))
    from thetamix.inputs.stretches import count_stretches  # torch: only where it is needed

    complete = window_ends(network, forcing, 1)
    lengths = (settings.sequence.count, settings.warm_up.count)
    return count_stretches(part, complete, *lengths, by_replicate=by_replicate)


def _done(folder: Path, key: str, fit: PlannedFit) -> float:
    if not folder.exists() or fit.batches == 0:
        return 0.0
    from thetamix.training.checkpoint import load_checkpoint  # torch: only where it is needed

    checkpoint = load_checkpoint(folder, key)
    if checkpoint is None:
        return 0.0
    return (len(checkpoint.history) + checkpoint.batches / fit.batches) / fit.epochs
