"""Checks of attributes, and of what the forecasters of a study need of its network."""

from collections.abc import Iterator
from functools import partial

from thetamix.network.missing import UNKNOWN, is_absent
from thetamix.network.schema import VARIABLES
from thetamix.places.place_codes import is_place_code
from thetamix.quality.checks.declare import Check
from thetamix.quality.checks.findings import Finding
from thetamix.quality.checks.records import NetworkRecord
from thetamix.quality.checks.study_record import StudyRecord
from thetamix.system.errors import nearest

#: Where a variable belongs in a study file, by what it is over.
INPUTS = {("cluster", "time"): "inputs.forcing", ("cluster",): "inputs.attributes"}
#: More groups than this, and than this share of the clusters, are no groups but clusters.
MOST_GROUPS, MOST_GROUP_SHARE = 12, 1 / 3
#: Names of what serves a cluster, and how far away it is: they are no attributes of the soil.
SERVANTS = ("_station", "_station_distance", "_gauge", "cluster_id", "soil_moisture_limit")


@partial(Check, "warning", "clusters", "complete it, or leave it out of inputs.attributes")
def missing_attributes(network: NetworkRecord) -> Iterator[Finding]:
    """Attributes without a value at some clusters."""
    for name, values in network.attributes.items():
        absent = is_absent(values)
        if absent.any() and not name.endswith(SERVANTS):
            first = network.names[int(absent.argmax())]
            wording = f"attribute {name} has no value at {absent.sum()} of {absent.size} clusters, such as {first}"
            yield Finding(message=wording, evidence=absent.sum())


@partial(Check, "note", "values", "it tells a model nothing: leave it out of inputs.attributes")
def identical_attributes(network: NetworkRecord) -> Iterator[Finding]:
    """Attributes that are the same at all clusters: an input that says nothing."""
    if len(network.names) < 2:
        return
    for name, values in network.attributes.items():
        if not name.endswith(SERVANTS) and not is_absent(values).any() and (values == values[0]).all():
            yield Finding(message=f"attribute {name} is {values[0]} at all clusters", evidence=1)


@partial(
    Check, "note", "values", "it names places: a model would learn them by heart, leave it out of inputs.attributes"
)
def place_codes(network: NetworkRecord) -> Iterator[Finding]:
    """Texts with another value at each cluster: names of places in the dress of an attribute."""
    for name, values in network.attributes.items():
        if not name.endswith(SERVANTS) and is_place_code(values):
            yield Finding(message=f"attribute {name} has another value at each cluster", evidence=values.size)


_of_inputs = partial(Check, "error", "variables", "fill it, or leave it out")


@_of_inputs
def missing_inputs(study: StudyRecord) -> Iterator[Finding]:
    """Inputs that the study names and the network lacks, or has without values."""
    network, forecasters = study.network, study.plan.forecasters
    for name, optional in {name: optional for needs in forecasters for name, optional in needs.forcing}.items():
        if name not in network.variables:
            advice = nearest(name, study.over("cluster", "time"))
            if name in VARIABLES:  # well written, and only not there
                advice = f"add it with `thetamix import forcing`, or leave it out; {advice}"
            yield Finding(message=f"the network has no forcing {name!r}", evidence=0.0, advice=advice)
        elif network[name].dims != ("cluster", "time"):
            yield _misplaced(study, name, "inputs.forcing")
        elif not optional and not bool(network[name].notnull().any()):
            yield Finding(message=f"forcing {name} is missing throughout", evidence=100.0, unit="% missing")
    for name in dict.fromkeys(name for needs in forecasters for name in needs.attributes):
        if name not in network.variables:
            advice = nearest(name, study.over("cluster"))
            yield Finding(message=f"the network has no attribute {name!r}", evidence=0.0, advice=advice)
        elif network[name].dims != ("cluster",):
            yield _misplaced(study, name, "inputs.attributes")
        elif (absent := is_absent(network[name].to_numpy())).any():
            first = network["cluster_id"].to_numpy()[int(absent.argmax())]
            yield Finding(
                message=f"attribute {name} has no value at {absent.sum()} clusters, such as {first}",
                evidence=absent.sum(),
                advice="complete it, or leave it out of inputs.attributes",
                unit="clusters",
            )


def _misplaced(study: StudyRecord, name: str, where: str) -> Finding:
    dimensions = tuple(map(str, study.network[name].dims))
    right = INPUTS.get(dimensions)
    return Finding(
        message=f"{where}: {name} is over ({', '.join(dimensions)})",
        evidence=len(dimensions),
        advice=f"name it in {right}" if right else f"leave it out of {where}",
        unit="dimensions",
    )


@_of_inputs
def missing_for_rivals(study: StudyRecord) -> Iterator[Finding]:
    """What other forecasters need and the network lacks: they would fail after the fits."""
    groups, scheme = ["depth", "cluster", *study.over("cluster")], study.plan.split.scheme
    for needs in study.plan.forecasters:
        leave = f"or leave {needs.name} out"
        for name in needs.groups:
            if name not in groups:
                advice = f"change `by`, {leave}; {nearest(name, groups)}"
                yield Finding(
                    message=f"{needs.name}: the network has no attribute {name!r}", evidence=0.0, advice=advice
                )
        for name in needs.variables:
            if name not in study.network:
                yield Finding(
                    message=f"{needs.name}: the network has no {name}", evidence=0.0, advice=f"add it, {leave}"
                )
        if needs.scheme not in (None, scheme):
            yield Finding(
                message=f"{needs.name}: with split.scheme {scheme} there is nothing that it could say",
                evidence=0.0,
                advice=f"use scheme {needs.scheme}, {leave}",
                unit="series",
            )


@partial(Check, "error", "groups", "name an attribute that many clusters share, or write group_by: [depth]")
def unfit_groups(study: StudyRecord) -> Iterator[Finding]:
    """Scores by an attribute that is not there, or that puts nearly every cluster into a group of its own."""
    name, there = study.plan.group, study.over("cluster")
    if name is None:
        return
    if name not in there:
        if name == "geology":  # the default of a study, which not every network has
            return
        advice = nearest(name, [other for other in there if not other.endswith(SERVANTS)])
        yield Finding(message=f"group_by: the network has no attribute {name!r}", evidence=0.0, advice=advice)
        return
    values = study.network[name].to_numpy()
    count, clusters = len(set(values[~is_absent(values)].tolist())), values.size
    if count > max(MOST_GROUPS, clusters * MOST_GROUP_SHARE):
        yield Finding(message=f"group_by: {name} has {count} values at {clusters} clusters", evidence=count)


@partial(Check, "note", "clusters", "nothing to do where this is known")
def groups_without_value(study: StudyRecord) -> Iterator[Finding]:
    """Clusters without a value of the attribute that groups them: they are scored as a group of their own."""
    name = study.plan.group
    if name not in study.over("cluster"):
        return
    absent = is_absent(study.network[name].to_numpy())
    if absent.any():
        first = study.network["cluster_id"].to_numpy()[int(absent.argmax())]
        yield Finding(
            message=f"group_by: {absent.sum()} clusters, such as {first}, have no {name}: they are group {UNKNOWN!r}",
            evidence=absent.sum(),
        )


@partial(Check, "warning", "values", "leave it out of inputs.attributes")
def uninformative_attributes(study: StudyRecord) -> Iterator[Finding]:
    """Attributes that the study takes in and that are the same at all clusters, or another one at each."""
    if study.network.sizes["cluster"] < 2:
        return
    for name in dict.fromkeys(name for needs in study.plan.forecasters for name in needs.attributes):
        if name not in study.over("cluster"):
            continue
        values = study.network[name].to_numpy()
        if len(set(values.tolist())) == 1:
            yield Finding(message=f"attribute {name} is {values[0]} at all clusters", evidence=1.0)
        elif is_place_code(values):
            wording = f"attribute {name} has another value at each cluster: a model would learn the places by heart"
            yield Finding(message=wording, evidence=values.size)
