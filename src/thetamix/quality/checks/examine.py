"""Go through a network, a cluster at a time, and let every check look."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.network.check import check_network
from thetamix.network.netcdf import reading
from thetamix.quality.checks.clocks import response_to_rain
from thetamix.quality.checks.findings import Finding, in_order
from thetamix.quality.checks.location import read_clock, read_overview, read_place
from thetamix.quality.checks.plan import StudyPlan
from thetamix.quality.checks.registry import CHECKS, Check, Scope
from thetamix.quality.checks.study_checks import Case
from thetamix.system.files import require_file


def examine(
    network: xr.Dataset,
    source: str,
    plan: StudyPlan | None = None,
    *,
    errors_only: bool = False,
    progress: Callable[[float, str], None] | None = None,
) -> list[Finding]:
    """Look at a network, and at a study of it, as a careful colleague would before training.

    Parameters
    ----------
    network
        The network; it need not have been checked. One cluster is read at a time; with a study, all readings.
    source
        Where it came from, for messages.
    plan
        The study, or None.
    errors_only
        True asks only the checks that can find an error: what must be right before training. They take a fraction of
        the time.
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
    clock = read_clock(network)
    overview = read_overview(network, clock)
    findings: list[Finding] = []
    for number, name in enumerate(overview.names):
        with reading(Path(source)):
            place = read_place(network, number, clock)
        findings += _ask(_checks("cluster", errors_only), place)
        if not errors_only:
            if "precipitation" in place.forcing:
                # What is below zero is the business of another check.
                overview.rain.append(place.daily(np.maximum(place.forcing["precipitation"], 0)) * 24)
            overview.responses.append(response_to_rain(place))
        if progress is not None:
            progress((number + 1) / len(overview.names), name)
    findings = _told_once(findings, len(overview.names))
    findings += _ask(_checks("network", errors_only), overview)
    # A study of broken values would only repeat what was said.
    if plan is not None and not any(finding.severity == "error" for finding in findings):
        findings += _ask(_checks("study", errors_only), Case(network, plan))
    return in_order(findings)


def open_unchecked(path: str | Path) -> xr.Dataset:
    """Open a network file whose values may be wrong: what is to be examined.

    Parameters
    ----------
    path
        The NetCDF file.

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


def _checks(scope: Scope, errors_only: bool) -> list[Check]:
    return [
        check for check in CHECKS.values() if check.scope == scope and (check.worst == "error" or not errors_only)
    ]


def _ask(checks: Iterable[Check], about: object) -> list[Finding]:
    return [replace(finding, check=check.name) for check in checks for finding in check.function(about)]


def _told_once(findings: list[Finding], clusters: int) -> list[Finding]:
    """Tell what most clusters have in common once, with the median of the evidence."""
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if CHECKS[finding.check].shared:
            alike.setdefault(_wording(finding), []).append(finding)
    common = {
        wording: group
        for wording, group in alike.items()
        if len({finding.cluster for finding in group}) >= max(2, clusters / 2)
    }
    told = [finding for finding in findings if _wording(finding) not in common]
    for group in common.values():
        places = len({finding.cluster for finding in group})
        middle = sorted(group, key=lambda finding: finding.evidence)[len(group) // 2]
        told.append(replace(middle, cluster=f"{places} of {clusters} clusters"))
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
