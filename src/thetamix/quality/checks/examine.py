"""Go through a network, a cluster at a time, and let every check look."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import xarray as xr

from thetamix.network.check import check_form, check_network
from thetamix.network.netcdf import open_checked, reading
from thetamix.network.streaming import by_cluster, series_variables
from thetamix.quality.checks.all_checks import CHECKS
from thetamix.quality.checks.findings import Finding, Unchecked, in_order
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord, SensorRecord, read_cluster, read_network
from thetamix.quality.checks.study_record import StudyPlan, StudyRecord
from thetamix.system.files import require_file

#: How long the checks of all clusters together take, beside those of the clusters one by one; and of a study its
#: readings, and for each seed the split, the audit and the forecasters.
TOGETHER, READINGS, SPLIT, AUDIT, FORECASTERS = 0.05, 0.15, 0.15, 0.15, 0.2


def examine(
    network: xr.Dataset,
    source: str,
    plan: StudyPlan | None = None,
    *,
    progress: Callable[[float, str], None] | None = None,
) -> list[Finding]:
    """Search a network, and a study of it, as a careful colleague would before training.

    Parameters
    ----------
    network
        The network; it need not have been checked. One cluster is read at a time; with a study, all readings.
    source
        Where it came from, for messages.
    plan
        The study, or None.
    progress
        Told the share that is done and what is looked at.

    Returns
    -------
    list of Finding
        The worst first.

    Raises
    ------
    InputError
        If the data set has not the form of a network, so that the checks cannot work.
    """
    check_form(network, source)
    check_network(network.drop_vars(series_variables(network)), source, readings=False)
    record = read_network(network)
    record.kept.update({check.keep: [] for check in CHECKS.values() if check.keep is not None})
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    done = _share_done(plan, progress)
    clusters = by_cluster(network)
    for name in record.names:
        with reading(Path(source)):
            cluster = read_cluster(next(clusters), record.time)
        findings += _ask(cluster, unchecked, SensorRecord, ClusterRecord)
        for keep, kept in record.kept.items():
            kept.append(keep(cluster))
        done(1 / len(record.names), name)
    findings = _told_once(findings, len(record.names))
    findings += _ask(record, unchecked, NetworkRecord)
    findings += _not_looked_at(unchecked, len(record.names))
    done(TOGETHER, "all clusters")
    # A study of broken values would only repeat what was said.
    if plan is not None and not any(finding.severity == "error" for finding in findings):
        study = StudyRecord(network, plan)
        for attribute, share in _long_work(plan).items():
            getattr(study, attribute)
            done(share, "the study")
        findings += _ask(study, unchecked, StudyRecord)
    if progress is not None:
        progress(1.0, "")
    return in_order(findings)


def _long_work(plan: StudyPlan) -> dict[str, float]:
    """Name what of a study's record takes long to make, and how long."""
    return {"present": READINGS, "splits": SPLIT * len(plan.seeds), "audits": AUDIT * len(plan.seeds)}


def _share_done(
    plan: StudyPlan | None, progress: Callable[[float, str], None] | None
) -> Callable[[float, str], None]:
    """Make the function that is told what is done, beside the checks of all clusters one by one, and passes it on."""
    study = 0.0 if plan is None else sum(_long_work(plan).values()) + FORECASTERS * len(plan.seeds)
    done = 0.0

    def add(work: float, note: str) -> None:
        nonlocal done
        done += work
        if progress is not None:
            progress(done / (1 + TOGETHER + study), note)

    return add


def open_unchecked(path: str | Path) -> xr.Dataset:
    """Open a network file whose values may be wrong: what is to be examined.

    Returns
    -------
    xarray.Dataset
        With the form of a network; values are read when they are asked for.

    Raises
    ------
    InputError
        If the file is missing, damaged, or has not the form of a network.
    """
    path = require_file(Path(path), "network")
    return open_checked(path, partial(check_form, source=str(path)))


def _ask(record: object, unchecked: list[Unchecked], *classes: type) -> list[Finding]:
    """Let the checks of some classes look; what they could not look at is added to a list."""
    answers = [answer for check in CHECKS.values() if check.about in classes for answer in check(record)]
    unchecked += [answer for answer in answers if isinstance(answer, Unchecked)]
    return [answer for answer in answers if isinstance(answer, Finding)]


def _not_looked_at(unchecked: list[Unchecked], clusters: int) -> list[Finding]:
    """Tell in a single line what was not looked at, and why: silence would read as passed."""
    reasons: dict[tuple[str, str], set[str]] = {}
    for answer in unchecked:
        reasons.setdefault((answer.why, answer.subject), set()).add(answer.cluster)
    subjects: dict[str, list[str]] = {}
    for (why, subject), names in reasons.items():
        where = "" if "" in names or len(names) == clusters else f" at {len(names)} of {clusters} clusters"
        subjects.setdefault(why + where, []).append(subject)
    if not subjects:
        return []
    message = "; ".join(f"{', '.join(dict.fromkeys(what))} ({why})" for why, what in subjects.items())
    return [
        Finding(
            check="not_looked_at",
            severity="note",
            message=f"could not be checked: {message}",
            advice="these are neither right nor wrong: add what is missing, or look yourself",
            evidence=len(reasons),
            unit="subjects",
        )
    ]


def _told_once(findings: list[Finding], clusters: int) -> list[Finding]:
    """Tell what most clusters have in common once, with the median of the evidence."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if CHECKS[finding.check].shared:
            alike.setdefault(_wording(finding), []).append(finding)
    where = {wording: len({finding.cluster for finding in group}) for wording, group in alike.items()}
    common = {wording: count for wording, count in where.items() if count >= max(2, clusters / 2)}
    told = [finding for finding in findings if _wording(finding) not in common]
    for wording, count in common.items():
        group = sorted(alike[wording], key=lambda finding: finding.evidence)
        told.append(replace(group[len(group) // 2], cluster=f"{count} of {clusters} clusters"))
    return told


def _wording(finding: Finding) -> tuple[str, str]:
    # What differs between clusters are numbers.
    return finding.check, "".join(letter for letter in finding.message if not letter.isdigit())
