"""Draw the split of a network: from its settings to parts and their audit."""

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.network.by_series import Mask, Part, Readings
from thetamix.network.observations import ReplicateRule, usable
from thetamix.network.schema import midpoints, time_step
from thetamix.network.series import series
from thetamix.splits import schemes
from thetamix.splits.leakage import audit, one_sided, shown_replicates
from thetamix.splits.parts import EVALUATION, TRAINING
from thetamix.splits.settings import Split
from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError

#: Forcing of two clusters is the same up to this share of its standard deviation.
SAME_FORCING = 0.05
#: Stretches of time whose means tell most different forcings apart.
STRETCHES = 16


def usable_readings(readings: Readings, rule: ReplicateRule) -> Mask:
    """Return which readings of a network count, whatever part they will be in."""
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
        case "period":
            assert split.period is not None, "the settings insist on a period"
            start, end = (np.datetime64(moment, "ns") for moment in (split.period.start, split.period.end))
            part = schemes.by_period(present, middle, start, end)
        case "replicates":
            part = schemes.by_replicates(present, seed, names)
    if gap > np.timedelta64(0):
        part = schemes.leave_gap(part, int(np.ceil(gap / step)))
    _insist_on_both_parts(part, present, network, split.scheme, seed)
    return part


def readings_of_part(readings: Readings, part: Part, value: np.int8, rule: ReplicateRule) -> Mask:
    """Return which readings count in one part.

    With the rule ``all``, all replicates that the part shows must be there: a profile that is kept out of training
    takes no step from it.
    """

    def counted(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
        chosen: np.ndarray = labels == value
        counts: np.ndarray = usable(values, np.any(chosen, axis=-1), rule) & chosen
        return counts

    return readings.map(counted, part, absent=np.False_)


def audit_split(network: xr.Dataset, trained: Mask, evaluated: Mask) -> tuple[dict[str, float], pd.DataFrame]:
    """Audit a split's leakage and name the series that lie on one side only.

    Returns
    -------
    dict, pandas.DataFrame
        ``same_replicate``, from :func:`thetamix.splits.leakage.shown_replicates`, and what
        :func:`thetamix.splits.leakage.audit` gives; then :func:`thetamix.splits.leakage.one_sided`.
    """
    days = float(time_step(network["time"]) / np.timedelta64(1, "D"))
    shares = audit(trained, evaluated, forcing_groups(network), days)
    same_replicate = shown_replicates(trained, evaluated)
    return {"same_replicate": same_replicate} | shares, one_sided(trained, evaluated, series(network))


def forcing_groups(network: xr.Dataset) -> list[int]:
    """Number the clusters so that those with the same forcing share a number.

    Forcing is the same where no variable differs by more than :data:`SAME_FORCING` of its standard deviation (root
    mean square): rain of one gauge, temperature of one station, evapotranspiration of nearly one latitude.

    Parameters
    ----------
    network
        With any variables over (cluster, time).

    Returns
    -------
    list of int
        For each cluster (cluster) the number of the first one with its forcing.
    """
    names = [name for name, variable in network.data_vars.items() if variable.dims == ("cluster", "time")]
    if not names:  # nothing is known of the weather, so that nothing is shared
        return list(range(network.sizes["cluster"]))
    forcing = [network[name].to_numpy() for name in names]
    spreads = [_spread(values) for values in forcing]
    means = _scaled_means(forcing, spreads, network.sizes["cluster"])
    farthest = SAME_FORCING**2 * len(forcing) * (1 + 1e-6) + 1e-12
    groups: list[int] = []
    firsts = np.empty(0, dtype=int)
    for cluster in range(network.sizes["cluster"]):
        near = firsts[((means[firsts] - means[cluster]) ** 2).sum(axis=1) <= farthest]
        same = (
            first
            for first in near.tolist()
            if all(
                _distance(values[first], values[cluster]) <= SAME_FORCING * spread
                for values, spread in zip(forcing, spreads, strict=True)
            )
        )
        groups.append(next(same, cluster))
        if groups[-1] == cluster:
            firsts = np.append(firsts, cluster)
    return groups


def _spread(values: np.ndarray) -> float:
    sd = float(np.nanstd(values, dtype=np.float64)) if np.isfinite(values).any() else 0.0
    return sd or 1.0


def _scaled_means(forcing: list[np.ndarray], spreads: list[float], clusters: int) -> np.ndarray:
    """Sum forcing up so that most different clusters are told apart without a look at every step.

    Means over stretches of time differ no more than what they are means of: the squared distance of two rows bounds
    the sum of the variables' mean squared differences from below (piecewise aggregate approximation, Keogh et al.
    2001, doi:10.1007/PL00011669).
    """
    columns = [np.empty((clusters, 0))]
    for values, spread in zip(forcing, spreads, strict=True):
        steps = values.shape[1]
        edges = np.unique(np.linspace(0, steps, min(STRETCHES, steps) + 1).astype(int))
        lengths = np.diff(edges)
        means = np.add.reduceat(values, edges[:-1], axis=1, dtype=np.float64) / lengths
        complete = np.isfinite(means).all(axis=0)  # a stretch with a gap says nothing about pairs
        columns.append(means[:, complete] * np.sqrt(lengths[complete] / steps) / spread)
    return np.concatenate(columns, axis=1)


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    """Return the root mean square difference where both are there; gaps alone make no difference."""
    difference = first.astype(np.float64) - second
    difference = difference[np.isfinite(difference)]
    return float(np.sqrt(np.mean(difference**2))) if difference.size else 0.0


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
