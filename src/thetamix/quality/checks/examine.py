"""Go through a network, a cluster at a time, and let every check look."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.check import check_network
from thetamix.network.netcdf import reading
from thetamix.quality.checks.all_checks import CHECKS
from thetamix.quality.checks.findings import Finding, Unchecked, in_order
from thetamix.quality.checks.records import ClusterRecord, NetworkRecord, SensorRecord, read_cluster, read_network
from thetamix.quality.checks.study_record import StudyPlan, StudyRecord
from thetamix.system.files import require_file


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
    check_network(_without_values(network), source)
    record = read_network(network)
    record.kept.update({check.keep: [] for check in CHECKS.values() if check.keep is not None})
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for number, name in enumerate(record.names):
        with reading(Path(source)):
            cluster = read_cluster(network, number, record.time)
        findings += _ask(cluster, unchecked, SensorRecord, ClusterRecord)
        for keep, kept in record.kept.items():
            kept.append(keep(cluster))
        if progress is not None:
            progress((number + 1) / len(record.names), name)
    findings = _told_once(findings, len(record.names))
    findings += _ask(record, unchecked, NetworkRecord)
    findings += _not_looked_at(unchecked, len(record.names))
    # A study of broken values would only repeat what was said.
    if plan is not None and not any(finding.severity == "error" for finding in findings):
        findings += _ask(StudyRecord(network, plan), unchecked, StudyRecord)
    return in_order(findings)


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
    with reading(path):
        network = xr.open_dataset(path, engine="netcdf4", cache=False)
        try:
            check_network(_without_values(network), str(path))
        except BaseException:
            network.close()
            raise
    return network


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


def _without_values(network: xr.Dataset) -> xr.Dataset:
    """Blank out what changes in time, without memory: what is left tells whether this is a network at all."""
    blank = {
        str(name): (variable.dims, np.broadcast_to(np.float32(np.nan), variable.shape), variable.attrs)
        for name, variable in network.data_vars.items()
        if "time" in variable.dims and variable.dtype.kind == "f"
    }
    return network.assign(blank)
