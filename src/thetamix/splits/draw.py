"""Draw the split of a network: from its settings to parts and their audit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.by_series import Mask, Part, Readings
from thetamix.network.observations import ReplicateRule, usable
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import Series, series
from thetamix.splits import schemes
from thetamix.splits.leakage import audit, kilometres, one_sided, shown_replicates
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.regions import coordinates, squares
from thetamix.splits.same_forcing import forcing_groups
from thetamix.splits.settings import Split
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError


@dataclass(frozen=True)
class AuditedNetwork:
    """What the audits of all splits of a network ask of it.

    Attributes
    ----------
    forcing_groups
        Of :func:`thetamix.splits.same_forcing.forcing_groups`.
    members
        The series.
    step_days
        Length of a time step [d].
    latitude, longitude
        Of the clusters (cluster) [degrees]; NaN where they are not told.
    """

    forcing_groups: list[int]
    members: list[Series]
    step_days: float
    latitude: np.ndarray
    longitude: np.ndarray

    @classmethod
    def of(cls, network: xr.Dataset) -> "AuditedNetwork":
        """Read it from a network."""
        step = float(time_step(network["time"]) / np.timedelta64(1, "D"))
        return cls(forcing_groups(network), list(series(network)), step, *coordinates(network))


def units_kept_out(network: xr.Dataset, split: Split) -> np.ndarray | None:
    """Return what is kept out as a whole, by number, for each cluster (cluster); None where times are kept out."""
    match split.scheme:
        case "clusters" | "networks":
            return np.arange(network.sizes["cluster"])
        case "regions":
            return np.unique(squares(network, (), split.square), return_inverse=True)[1]
    return None


def usable_readings(readings: Readings, rule: ReplicateRule) -> Mask:
    """Return which readings of a network count, whatever part they will be in; of readings, or of where they are."""
    every = np.ones(readings.shape[2], dtype=bool)
    return readings.map(lambda values: usable(values, every, rule), absent=np.False_)


def draw_split(network: xr.Dataset, present: Mask, seed: int, split: Split) -> Part:
    """Draw a split.

    Parameters
    ----------
    network
        Names and times.
    present
        Readings that count.
    seed
        Of the draw.
    split
        How.

    Raises
    ------
    InputError
        If nothing is left to train on or to evaluate; the message says why.
    """
    if not present:
        raise InputError(
            "no series has a time step with all its replicates: "
            "check the readings, reject fewer flags or set quality.replicates to any"
        )
    step = time_step(network["time"])
    middle = midpoints(network["time"], step)
    names = [str(name) for name in network["cluster_id"].to_numpy()]
    block, gap = parse_duration(split.block), parse_duration(split.gap)
    match split.scheme:
        case "blocks":
            numbers = schemes.block_numbers(middle, block)
            named = [[f"{name}/{depth:g}" for depth in network["depth"].to_numpy()] for name in names]
            part = schemes.by_blocks(present, numbers, split.evaluation_share, seed, named)
        case "calendar":
            numbers = schemes.block_numbers(middle, block)
            part = schemes.by_calendar(present, numbers, split.evaluation_share, seed)
        case "clusters":
            part = schemes.by_clusters(present, split.evaluation_share, seed, names)
        case "networks":
            sources = _networks(network)
            read = {sources[cluster] for cluster, _ in present}
            if split.kept_out:
                part = schemes.by_names(present, sources, split.kept_out)
            else:
                part = schemes.by_groups(present, sources, len(read), seed)
        case "period":
            assert split.period is not None, "the settings insist on a period"
            start, end = (np.datetime64(moment, "ns") for moment in (split.period.start, split.period.end))
            part = schemes.by_period(present, middle, start, end)
        case "regions":
            groups = squares(network, sorted({cluster for cluster, _ in present}), split.square)
            part = schemes.by_groups(present, groups, split.folds, seed)
        case "replicates":
            part = schemes.by_replicates(present, seed, names)
    if gap > np.timedelta64(0):
        part = schemes.leave_gap(part, int(np.ceil(gap / step)))
    _insist_on_both_parts(part, present, network, split.scheme, seed)
    return part


def _networks(network: xr.Dataset) -> list[str]:
    """Return which network each cluster is of (cluster)."""
    if "network" not in network or len(set(network["network"].to_numpy().tolist())) < 2:
        raise InputError(
            "split: scheme networks needs a study of several networks, network: [one.nc, other.nc]; use regions "
            "or clusters"
        )
    return [str(name) for name in network["network"].to_numpy()]


def readings_of_part(readings: Readings, part: Part, value: np.int8, rule: ReplicateRule) -> Mask:
    """Return which readings, given themselves or where they are, count in one part.

    With the rule ``all``, all replicates that the part shows must be there: a profile that is kept out of training
    takes no step from it.
    """

    def counted(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
        chosen: np.ndarray = labels == value
        counts: np.ndarray = usable(values, np.any(chosen, axis=-1), rule) & chosen
        return counts

    return readings.map(counted, part, absent=np.False_)


def audit_split(
    network: AuditedNetwork, trained: Mask, evaluated: Mask, split: Split
) -> tuple[dict[str, float], pd.DataFrame]:
    """Audit a split's leakage and name the series that lie on one side only.

    Returns
    -------
    dict, pandas.DataFrame
        ``same_replicate``, from :func:`thetamix.splits.leakage.shown_replicates`, what
        :func:`thetamix.splits.leakage.audit` and :func:`thetamix.splits.leakage.kilometres` give; then
        :func:`thetamix.splits.leakage.one_sided`.
    """
    shares = audit(trained, evaluated, network.forcing_groups, network.step_days)
    same_replicate = shown_replicates(trained, evaluated)
    shares |= kilometres(trained, evaluated, network.latitude, network.longitude)
    return {"same_replicate": same_replicate} | shares, one_sided(
        trained, evaluated, network.members, by_design=split.keeps_clusters_out
    )


def _insist_on_both_parts(part: Part, present: Mask, network: xr.Dataset, scheme: str, seed: int) -> None:
    for value, name in ((TRAINING, "training"), (EVALUATION, "evaluation")):
        if any((readings & (part[key] == value)).any() for key, readings in present.items()):
            continue
        lengths = {key: int(readings.any(axis=0).sum()) for key, readings in present.items()}
        cluster, depth = longest = max(lengths, key=lambda key: lengths[key])
        where = f"{network['cluster_id'].to_numpy()[cluster]} at {float(network['depth'][depth]):g} m"
        raise InputError(
            f"split: the {name} part is empty (scheme {scheme}, seed {seed}): no series has complete readings "
            f"in it; the longest series, {where}, has {lengths[longest]} complete steps; "
            "use shorter blocks, a smaller gap or another period or scheme"
        )
