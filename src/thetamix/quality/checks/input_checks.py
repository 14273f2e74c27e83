"""Checks of what the forecasters of a study need of its network."""

from collections.abc import Iterator

from thetamix.network.schema import VARIABLES
from thetamix.quality.checks.attribute_checks import is_absent
from thetamix.quality.checks.findings import Finding, study_finding
from thetamix.quality.checks.study_checks import Case
from thetamix.system.errors import nearest

#: Where a variable belongs in a study file, by what it is over.
INPUTS = {("cluster", "time"): "inputs.forcing", ("cluster",): "inputs.attributes"}


def missing_inputs(case: Case) -> Iterator[Finding]:
    """Inputs that the study names and the network lacks, or has without values."""
    forcing = {name: optional for fit in case.plan.fits for name, optional in fit.forcing}
    attributes = dict.fromkeys(name for fit in case.plan.fits for name in fit.attributes)
    for name, optional in forcing.items():
        if name not in case.network.variables:
            yield _missing_forcing(case, name)
        elif case.network[name].dims != ("cluster", "time"):
            yield _misplaced(case, name, "inputs.forcing")
        elif not optional and not bool(case.network[name].notnull().any()):
            message = f"forcing {name} is missing throughout"
            yield study_finding("error", message, "fill it, or leave it out", 100, "% missing")
    for name in attributes:
        if name not in case.network.variables:
            message = f"the network has no attribute {name!r}"
            yield study_finding("error", message, nearest(name, _over(case, ("cluster",))), 0, "variables")
        elif case.network[name].dims != ("cluster",):
            yield _misplaced(case, name, "inputs.attributes")
        else:
            absent = is_absent(case.network[name].to_numpy())
            if absent.any():
                first = case.network["cluster_id"].to_numpy()[int(absent.argmax())]
                yield study_finding(
                    "error",
                    f"attribute {name} has no value at {absent.sum()} clusters, such as {first}",
                    "complete it, or leave it out of inputs.attributes",
                    absent.sum(),
                    "clusters",
                )


def _over(case: Case, dimensions: tuple[str, ...]) -> list[str]:
    return [str(name) for name, one in case.network.variables.items() if one.dims == dimensions]


def _missing_forcing(case: Case, name: str) -> Finding:
    advice = nearest(name, _over(case, ("cluster", "time")))
    if name in VARIABLES:  # well written, and only not there
        advice = f"add it with `thetamix import forcing`, or leave it out; {advice}"
    return study_finding("error", f"the network has no forcing {name!r}", advice, 0, "variables")


def _misplaced(case: Case, name: str, where: str) -> Finding:
    found = tuple(map(str, case.network[name].dims))
    right = INPUTS.get(found)
    return study_finding(
        "error",
        f"{where}: {name} is over ({', '.join(found)})",
        f"name it in {right}" if right else f"leave it out of {where}",
        len(found),
        "dimensions",
    )


def missing_for_rivals(case: Case) -> Iterator[Finding]:
    """What other forecasters need and the network lacks: they would fail after the fits."""
    known = ["depth", "cluster", *_over(case, ("cluster",))]
    for rival in case.plan.rivals:
        for name in rival.attributes:
            if name not in known:
                yield study_finding(
                    "error",
                    f"{rival.name}: the network has no attribute {name!r}",
                    f"change `by`, or leave {rival.name} out; {nearest(name, known)}",
                    0,
                    "variables",
                )
        for name in rival.variables:
            if name not in case.network:
                yield study_finding(
                    "error",
                    f"{rival.name}: the network has no {name}",
                    f"add it, or leave {rival.name} out",
                    0,
                    "variables",
                )
        if rival.scheme not in (None, case.plan.scheme):
            yield study_finding(
                "error",
                f"{rival.name}: with split.scheme {case.plan.scheme} there is nothing that it could say",
                f"use scheme {rival.scheme}, or leave {rival.name} out",
                0,
                "series",
            )


def uninformative_attributes(case: Case) -> Iterator[Finding]:
    """Attributes that the study takes in and that are the same at all clusters."""
    for name in dict.fromkeys(name for fit in case.plan.fits for name in fit.attributes):
        if name not in case.network.variables or case.network.sizes["cluster"] < 2:
            continue
        if case.network.variables[name].dims != ("cluster",):
            continue
        values = case.network[name].to_numpy().tolist()
        if len(set(values)) == 1:
            yield study_finding(
                "warning",
                f"attribute {name} is {values[0]} at all clusters",
                "leave it out of inputs.attributes",
                1,
                "values",
            )
