"""What must be right before anything is trained."""

from typing import TYPE_CHECKING

from thetamix.study.context import StudyContext
from thetamix.study.prepared_network import network_path
from thetamix.study.settings import Study
from thetamix.study.table_files import write_csv
from thetamix.system.errors import InputError

if TYPE_CHECKING:
    from thetamix.quality.checks import StudyPlan

#: Findings, as a table; relative to the run folder.
FINDINGS = "tables/check.csv"


def check(context: StudyContext) -> None:
    """Search the network and the study as `thetamix check` does, and stop at what must fail.

    Parameters
    ----------
    context
        Of the study.

    Raises
    ------
    InputError
        If there is a finding that makes training impossible or meaningless.
    """
    from thetamix.quality.checks import examine, to_table

    source = str(network_path(context.study, context.folder))
    with context.progress.task("check") as report:
        findings = examine(context.network, source, plan_of(context.study), progress=report)
    command = f"thetamix check {source} --study {context.folder / 'study.yml'}"
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        first = errors[0]
        where = f"{first.place}: " if first.cluster else ""
        more = f" ({len(errors) - 1} more: `{command}` lists them)" if len(errors) > 1 else ""
        raise InputError(f"{source}: {where}{first.message}; {first.advice}{more}")
    write_csv(to_table(findings), context.folder / FINDINGS)
    for finding in findings:
        if finding.check == "silent_forecasters":  # what a run costs hours for
            context.progress.say(f"  {finding.message}; {finding.advice}")
    warnings = sum(finding.severity == "warning" for finding in findings)
    if findings:
        context.progress.say(
            f"  {warnings} warning(s), {len(findings) - warnings} note(s) about the data, in {FINDINGS}; "
            f"`{command}` explains them"
        )


def plan_of(study: Study) -> "StudyPlan":
    """Return what a study, resolved for the step of its network, will do with it."""
    from thetamix.quality.checks import StudyPlan

    forecasters = tuple(entry.needs(name) for name, entry in study.forecasters.items())
    return StudyPlan(study.quality, study.split, tuple(study.seeds), forecasters, study.evaluation.attribute)
