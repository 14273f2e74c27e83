"""What a study will fit, said before the first fit begins: seeds, epochs, windows, and what is begun already."""

from collections.abc import Sequence

from thetamix.forecasters.base import PlannedFit, TrainedForecaster, of_class
from thetamix.study.context import StudyContext
from thetamix.study.models import fit_context


def plan_lines(fits: Sequence[tuple[str, PlannedFit]], workers: int) -> list[str]:
    """Return what is going to be fitted by so many workers, in a line about all fits and one for each forecaster."""
    together = min(workers, len(fits))
    lines = [f"plan: {_count(len(fits), 'fit')}{f', {together} at a time' if together > 1 else ''}"]
    for name in dict.fromkeys(forecaster for forecaster, _ in fits):
        same = [fit for forecaster, fit in fits if forecaster == name]
        begun = sum(fit.begun for fit in same)
        lines.append(
            f"  {name} ({_count(len(same), 'seed')}): {'up to ' if same[0].may_stop else ''}"
            f"{_count(same[0].epochs, 'epoch')} of {_windows(same)}"
            + (f"; {begun} of them begun already" if begun else "")
        )
    return lines


def foresee(context: StudyContext, workers: int, keys: dict[str, str]) -> None:
    """Write the plan of a study before its first fit.

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
        (name, plan)
        for seed in context.study.seeds
        for name, entry in of_class(context.study.forecasters, TrainedForecaster).items()
        if (key := keys.get(f"fit {name}-s{seed}")) is not None
        and (plan := entry.plan(fit_context(context, name, seed, key))) is not None
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
