"""What must be right before anything is trained."""

from typing import TYPE_CHECKING

import numpy as np

from thetamix.durations import parse_duration
from thetamix.errors import InputError
from thetamix.study import LSTM, AnnualCycle, Process, Reference, Siblings, Study
from thetamix.work.bench import Bench
from thetamix.work.files import write_csv

if TYPE_CHECKING:
    from thetamix.preflight import StudyPlan

#: Findings, as a table; relative to the run folder.
FINDINGS = "tables/check.csv"


def check(bench: Bench) -> None:
    """Look at the network and the study as `thetamix check` does, and stop at what must fail.

    Parameters
    ----------
    bench
        Of the study.

    Raises
    ------
    InputError
        If there is a finding that makes training impossible or meaningless.
    """
    from thetamix.preflight import examine, to_table

    source = str(bench.study.network)
    with bench.desk.task("check") as report:
        findings = examine(bench.network, source, plan_of(bench.study), progress=report)
    command = f"thetamix check {source} --study {bench.folder / 'study.yml'}"
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        where = f"{first.place}: " if first.cluster else ""
        more = f" ({len(errors) - 1} more: `{command}` lists them)" if len(errors) > 1 else ""
        raise InputError(f"{source}: {where}{first.message}; {first.advice}{more}")
    write_csv(to_table(findings), bench.folder / FINDINGS)
    warnings = sum(finding.severity == "warning" for finding in findings)
    if findings:
        bench.desk.say(
            f"  {warnings} warning(s), {len(findings) - warnings} note(s) about the data, in {FINDINGS}; "
            f"`{command}` explains them"
        )


def plan_of(study: Study) -> "StudyPlan":
    """Say in plain values what a study will do with its network.

    Parameters
    ----------
    study
        Resolved for the step of the network.

    Returns
    -------
    StudyPlan
        For :func:`thetamix.preflight.examine`.
    """
    from thetamix.forecasters.process.forcing import NAMES
    from thetamix.preflight import FitPlan, RivalPlan, StudyPlan

    fits, rivals = [], []
    for name, entry in study.forecasters.items():
        if isinstance(entry, AnnualCycle):
            rivals.append(RivalPlan(name, attributes=tuple(entry.by)))
        if isinstance(entry, Reference):
            rivals.append(RivalPlan(name, variables=("reference_soil_moisture",)))
        if isinstance(entry, Process):
            rivals.append(RivalPlan(name, variables=tuple(NAMES)))
        if isinstance(entry, Siblings) and study.quality.replicates == "all":
            rivals.append(RivalPlan(name, scheme="replicates"))
        if isinstance(entry, LSTM) and entry.inputs is not None and entry.training is not None:
            steps = entry.training.sequence.steps
            assert steps is not None, "the study is resolved"
            forcing = tuple((one.name, one.optional) for one in entry.inputs.forcing)
            fits.append(FitPlan(name, forcing, tuple(entry.inputs.attributes), steps))
    period = None
    if study.split.period is not None:
        period = (
            np.datetime64(study.split.period.start, "ns"),
            np.datetime64(study.split.period.end, "ns"),
        )
    return StudyPlan(
        reject=tuple(study.quality.reject),
        replicates=study.quality.replicates,
        seeds=tuple(study.seeds),
        scheme=study.split.scheme,
        block=parse_duration(study.split.block),
        evaluation_share=study.split.evaluation_share,
        gap=parse_duration(study.split.gap),
        period=period,
        fits=tuple(fits),
        rivals=tuple(rivals),
    )
