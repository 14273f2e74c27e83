"""Checks of a study's split and windows: what would fail, or mean less than it seems, after hours of training."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from thetamix.inputs.window_ends import complete_windows, forcing_present, passes
from thetamix.network.schema import FLAGS, midpoints, time_step
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.study_record import Answers, Sides, StudyRecord
from thetamix.splits.parts import LEAST_SHARE
from thetamix.splits.schemes import block_numbers
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError

FEW_BLOCKS = 5  # of a series: with fewer, training sees hardly more than one season
MANY_LOST = 0.1  # share of windows


@partial(Check, "warning", "flags", "set the flags with `thetamix qc` first, if that was not done")
def flags_not_set(study: StudyRecord) -> Iterator[Finding]:
    """Flags that the study rejects and no reading carries: they were perhaps never looked for."""
    # The ranges are always looked for.
    rejected = [name for name in study.plan.quality.reject if not name.startswith("C")]
    carried = 0
    if rejected and "soil_moisture_flag" in study.network:
        for cluster in range(study.network.sizes["cluster"]):
            flags = study.network["soil_moisture_flag"].isel(cluster=cluster).to_numpy()
            carried |= int(np.bitwise_or.reduce(flags, axis=None))
    absent = [name for name in rejected if not carried & FLAGS[name][0]]
    if absent:
        yield Finding(
            message=f"quality.reject names {', '.join(absent)}, which no reading carries", evidence=len(absent)
        )


@partial(Check, "error", "readings", "choose another split")
def empty_parts(study: StudyRecord) -> Iterator[Finding]:
    """Splits that cannot be drawn: nothing left to train on or to evaluate."""
    for seed, why in study.splits.items():
        if isinstance(why, str):
            message, _, advice = why.removeprefix("split: ").rpartition(". ")
            yield Finding(message=f"seed {seed}: {message or advice}", evidence=0.0, advice=advice if message else "")


@partial(Check, "warning", "series", "shorter blocks, replicates: any, or leaving the series out would help")
def one_sided_series(study: StudyRecord) -> Iterator[Finding]:
    """Series that lie in one part of the split only, or in none."""
    for seed, (_, sides) in study.audits.items():
        for missing in dict.fromkeys(lack for _, lack in sides):
            names = [name for name, lack in sides if lack == missing]
            yield Finding(
                message=(
                    f"seed {seed}: {len(names)} series have no {missing}: {', '.join(names[:5])}"
                    + (" …" if len(names) > 5 else "")
                ),
                evidence=len(names),
                severity="note" if missing == "evaluation part" else "warning",
            )


@partial(Check, "error", "series", "choose another split, or leave it out")
def silent_forecasters(study: StudyRecord) -> Iterator[Finding]:
    """Forecasters that will have no prediction for any series: foreseen from the split, before the first fit."""
    asked = {needs.name: needs for needs in study.plan.forecasters if study.lacks_nothing_of(needs)}
    heard: set[str] = set()
    for _, sides in study.sides():
        answers: dict[str, list[Answers]] = {}
        for name, needs in asked.items():
            try:
                own = [needs.silence.answers(sides)] if needs.silence is not None else []
                answers[name] = own + [each for member in needs.members for each in answers.get(member, [])]
                if name not in heard and _is_heard(answers[name], sides):
                    heard.add(name)
            except InputError as error:
                heard.add(name)
                yield Finding(message=f"{name}: {error}", evidence=0.0)
    if all(isinstance(part, str) for part in study.splits.values()):  # why, another check says
        return
    for name, needs in asked.items():
        if name in heard:
            continue
        mute = next((member for member in needs.members if member in asked and member not in heard), "")
        why, instead = f"it pools {mute}, which has none", f"leave {mute} out of its members"
        if needs.silence is not None:
            why, instead = needs.silence.why, needs.silence.instead
        yield Finding(
            message=f"{name}: no series will have a prediction: {why}",
            evidence=0.0,
            severity="warning",
            advice=f"{instead}, or leave {name} out",
        )


def _is_heard(answers: Sequence[Answers], sides: Sides) -> bool:
    """Return whether a series has enough predictions to be scored."""
    for key, readings in sides.evaluated.items():
        steps = np.flatnonzero(readings.any(axis=0))
        if np.all([answer(key)[steps] for answer in answers], axis=0).mean() >= LEAST_SHARE:
            return True
    return False


@partial(Check, "warning", "blocks", "shorten split.block")
def few_blocks(study: StudyRecord) -> Iterator[Finding]:
    """Blocks so long that a series has only a few: the split is then a matter of luck."""
    if study.plan.split.scheme not in ("blocks", "calendar"):
        return
    time = study.network["time"]
    numbers = block_numbers(midpoints(time, time_step(time)), parse_duration(study.plan.split.block))
    counts = [np.unique(numbers[np.any(readings, axis=0)]).size for readings in study.present.values()]
    few = sum(count < FEW_BLOCKS for count in counts)
    if few:
        yield Finding(
            message=f"{few} of {len(counts)} series have fewer than {FEW_BLOCKS} blocks, the fewest {min(counts)}",
            evidence=min(counts),
        )


@partial(Check, "error", "% of windows", "fill the gaps, or declare the variable optional")
def lost_windows(study: StudyRecord) -> Iterator[Finding]:
    """Readings that no window of complete forcing leads to."""
    wanted = passes(study.present, by_replicate=False)
    total = sum(int(steps.sum()) for steps in wanted.values())
    for needs in study.plan.forecasters:
        names = [name for name, optional in needs.forcing if not optional]
        if not total or not needs.sequence or not set(names) <= set(study.over("cluster", "time")):
            continue
        complete = np.ones((wanted.shape[0], wanted.shape[3]), dtype=bool)
        missing = {}
        for name in names:
            there = forcing_present(study.network, name)
            missing[name] = float((~there).mean())
            complete &= there
        lost = sum(int(steps.sum()) for steps in wanted.within(~complete_windows(complete, needs.sequence)).values())
        # The first windows of a record begin before it: no gap costs these.
        by_gaps = lost - sum(int(steps[:, : needs.sequence - 1].sum()) for steps in wanted.values())
        most = max(missing, key=lambda name: missing[name], default="")
        if lost == total:
            fill = f"fill {most}, shorten training.sequence, or declare a variable optional"
            yield Finding(
                message=f"{needs.name}: no window of {needs.sequence} steps has complete forcing",
                evidence=100.0,
                advice=fill if missing.get(most) else "shorten training.sequence",
            )
        elif by_gaps:
            yield Finding(
                message=f"{needs.name}: {by_gaps} of {total} windows are lost to gaps of the forcing, most often of "
                f"{most} ({missing[most]:.1%} missing)",
                evidence=100 * by_gaps / total,
                severity="warning" if by_gaps > MANY_LOST * total else "note",
            )


@partial(
    Check,
    "note",
    "% of steps",
    "scheme calendar leaves no such step; say which one a score belongs to",
    source="the leakage audit of splits",
)
def leakage(study: StudyRecord) -> Iterator[Finding]:
    """How much of what is evaluated was trained on at the same time in some other form."""
    for seed, (shares, _) in study.audits.items():
        yield Finding(
            message=f"seed {seed}: of the evaluated steps {shares['same_series']:.0%} are trained on in the same "
            f"series, {shares['same_cluster']:.0%} at another depth of the cluster, {shares['same_forcing']:.0%} "
            "under the same forcing",
            evidence=100 * shares["same_cluster"],
        )
