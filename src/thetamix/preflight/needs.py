"""Checks of what the forecasters of a study need of its network."""

from collections.abc import Iterator

from thetamix.errors import nearest
from thetamix.network.schema import VARIABLES
from thetamix.preflight.attributes import is_absent
from thetamix.preflight.findings import Finding, study_finding
from thetamix.preflight.studies import Case


def missing_inputs(case: Case) -> Iterator[Finding]:
    """Inputs that the study names and the network lacks, or has without values."""
    forcing = {name: optional for fit in case.plan.fits for name, optional in fit.forcing}
    attributes = dict.fromkeys(name for fit in case.plan.fits for name in fit.attributes)
    for names, dimensions, kind, where in (
        (forcing, ("cluster", "time"), "forcing", "forcing"),
        (attributes, ("cluster",), "an attribute", "attributes"),
    ):
        known = [str(n) for n, v in case.network.variables.items() if v.dims == dimensions]
        for name in names:
            if name in case.network.variables and name not in known:
                found = case.network.variables[name].dims
                yield study_finding(
                    "error",
                    f"{name} is over ({', '.join(map(str, found))}), and {kind} is over ({', '.join(dimensions)})",
                    {
                        ("cluster",): "name it in inputs.attributes",
                        ("cluster", "time"): "name it in inputs.forcing",
                    }.get(tuple(map(str, found)), f"leave it out of inputs.{where}"),
                    len(found),
                    "dimensions",
                )
            elif name not in known:
                meant = nearest(name, known)
                if kind == "forcing" and name in VARIABLES:  # well written, and only not there
                    meant = f"add it with `thetamix import forcing`, or leave it out; {meant}"
                yield study_finding(
                    "error", f"the network has no {kind.removeprefix('an ')} {name!r}", meant, 0, "variables"
                )
            elif kind == "forcing" and not forcing[name] and not bool(case.network[name].notnull().any()):
                yield study_finding(
                    "error",
                    f"forcing {name} is missing throughout",
                    "fill it, or leave it out",
                    100,
                    "% missing",
                )
            elif where == "attributes" and is_absent(case.network[name].to_numpy()).any():
                absent = is_absent(case.network[name].to_numpy())
                first = case.network["cluster_id"].to_numpy()[int(absent.argmax())]
                yield study_finding(
                    "error",
                    f"attribute {name} has no value at {absent.sum()} clusters, such as {first}",
                    "complete it, or leave it out of inputs.attributes",
                    absent.sum(),
                    "clusters",
                )


def missing_for_rivals(case: Case) -> Iterator[Finding]:
    """What other forecasters need and the network lacks: they would fail after the fits."""
    known = ["depth", "cluster"]
    known += [str(name) for name, one in case.network.data_vars.items() if one.dims == ("cluster",)]
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
