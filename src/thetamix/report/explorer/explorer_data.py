"""What the page's explorer shows: readings, rain, reference and mixtures of every series, thinned to a budget."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from thetamix.forecasters.base import Forecaster
from thetamix.network.by_series import Key, Part
from thetamix.network.schema import time_step
from thetamix.network.series import series
from thetamix.report.explorer.explorer_series import Shown, Tables, series_data
from thetamix.report.explorer.packing import encode_arrays, rounded
from thetamix.report.layouts.quality_table import silent_sensors

#: Size of the encoded series [bytes]: with figures and tables the page stays below 10 MB.
BUDGET = 6_000_000
LARGEST_PAGE = 9_400_000  # less tables, scripts and what is not counted above
FEWEST_STEPS, MOST_STEPS = 200, 12_000
PILOT = 400  # steps of the first series, encoded once more to learn how many bytes a step takes


def explorer_budget(figures: int) -> int:
    """Return the size that the explorer's series may have beside the figures of a page.

    Parameters
    ----------
    figures
        Size of all figures of the page [bytes], as files.

    Returns
    -------
    int
        At most :data:`BUDGET` [bytes].

    Examples
    --------
    >>> explorer_budget(1_000_000), explorer_budget(4_000_000)
    (6000000, 4066667)
    """
    return min(BUDGET, max(LARGEST_PAGE - figures * 4 // 3, BUDGET // 4))  # four letters for three bytes


def choose_forecasters(forecasters: Mapping[str, Forecaster]) -> list[str]:
    """Select what the explorer shows: everything that has a density, and the first annual cycle.

    Returns
    -------
    list of str
        Names, in the study's order; point forecasts are shown as the network's reference.
    """
    cycles = [name for name, entry in forecasters.items() if entry.role == "null"]
    return [name for name, entry in forecasters.items() if name not in cycles[1:] and not entry.point]


def explorer_data(
    network: xr.Dataset,
    part: Part,
    reject: Sequence[str],
    predictions: Mapping[str, xr.Dataset],
    *,
    pools: Mapping[str, Sequence[str]],
    budget: int = BUDGET,
    report: Callable[[float], None] = lambda _share: None,
) -> dict[str, Any]:
    """Gather what the explorer shows, a series at a time.

    Parameters
    ----------
    network
        The network; all of its readings are shown, also the rejected ones, marked.
    part
        The split of one seed.
    reject
        Names of the flags that the study rejects.
    predictions
        Open prediction files of that seed, by forecaster, in the study's order.
    pools
        Members of the equal pools among them: where all members are shown, the page pools them itself.
    budget
        Size of the encoded series [bytes].
    report
        Told the share that is done.

    Returns
    -------
    dict
        Plain values: ``time``, ``replicates``, ``forecasters``, ``threshold``, ``tables``, ``clusters``.
    """
    forecasters = _forecasters(predictions, pools)
    there = [(entry.cluster, entry.depth) for entry in series(network)]
    tables = Tables()
    clusters = [_cluster(network, number) for number in range(network.sizes["cluster"])]
    left = float(budget - sum(len(cluster["rain"]["data"]) for cluster in clusters if cluster["rain"]))
    per_step = _bytes_per_step(network, part, reject, forecasters, there)
    spent, shown = 0, 0
    for number, (cluster, depth) in enumerate(there):
        count = int(max(left - spent - tables.size, 0) / (len(there) - number) / per_step)
        count = min(max(count, FEWEST_STEPS), MOST_STEPS)
        data = series_data(network, part, reject, forecasters, (cluster, depth), count, tables)
        clusters[cluster]["depths"][depth]["series"] = data
        spent, shown = spent + len(data["data"]), shown + data["count"]
        per_step = spent / shown
        report((number + 1) / len(there))
    step = time_step(network["time"])
    return {
        "time": {
            "start": _seconds(network["time"].to_numpy()[0]),
            "step": int(step / np.timedelta64(1, "s")),
            "count": network.sizes["time"],
        },
        "replicates": [str(label) for label in network["replicate_label"].to_numpy()],
        "forecasters": [{"name": f.name, "members": f.members, "error": f.error or None} for f in forecasters],
        "threshold": _threshold([entry["series"] for cluster in clusters for entry in cluster["depths"]]),
        "tables": tables.kept,
        "clusters": clusters,
    }


def _forecasters(predictions: Mapping[str, xr.Dataset], pools: Mapping[str, Sequence[str]]) -> list[Shown]:
    names = list(predictions)
    pooled = {name: of for name, of in pools.items() if set(of) <= set(names)}
    members = {name: [names.index(member) for member in of] for name, of in pooled.items()}
    return [Shown(name, prediction, members.get(name)) for name, prediction in predictions.items()]


def _bytes_per_step(
    network: xr.Dataset, part: Part, reject: Sequence[str], forecasters: Sequence[Shown], there: Sequence[Key]
) -> float:
    if not there:
        return 1.0
    data = series_data(network, part, reject, forecasters, there[0], PILOT, Tables())
    return float(len(data["data"]) / data["count"])


def _threshold(series: Sequence[Mapping[str, Any] | None]) -> dict[str, float]:
    """Return the range of the threshold [m3 m-3], and a dry value that most series know to start from."""
    ranges = [shown["range"] for shown in series if shown is not None and shown["range"] is not None]
    low, dry, high = np.array(ranges).T if ranges else np.array([[0.0], [0.2], [0.6]])
    return {
        "low": float(np.floor(low.min() * 50) / 50),
        "start": round(float(np.median(dry)), 2),
        "high": float(np.ceil(high.max() * 50) / 50),
    }


def _cluster(network: xr.Dataset, cluster: int) -> dict[str, Any]:
    about = [
        str(network[name].to_numpy()[cluster]) for name in ("geology", "soil_type", "land_use") if name in network
    ]
    if "elevation" in network and np.isfinite(network["elevation"].to_numpy()[cluster]):
        about.append(f"{float(network['elevation'].to_numpy()[cluster]):.0f} m a.s.l.")
    return {
        "name": str(network["cluster_id"].to_numpy()[cluster]),
        "about": about,
        "rain": _rain(network, cluster),
        "depths": [_depth(network, cluster, depth) for depth in range(network.sizes["depth"])],
    }


def _depth(network: xr.Dataset, cluster: int, depth: int) -> dict[str, Any]:
    ever = np.isfinite(network["soil_moisture"].isel(cluster=cluster, depth=depth).to_numpy()).any(axis=1)
    silent = silent_sensors(network, cluster, depth, ever)
    return {"depth": float(network["depth"][depth]), "silent": silent, "series": None}


def _rain(network: xr.Dataset, cluster: int) -> dict[str, Any] | None:
    """Sum the rain of each day [mm], or of each step where that is longer."""
    if "precipitation" not in network:
        return None
    step = time_step(network["time"])
    hours = step / np.timedelta64(1, "h")
    amount = network["precipitation"].isel(cluster=cluster).to_numpy().astype(np.float64) * hours
    begin = network["time"].to_numpy() - step
    seconds = max(86_400, int(step / np.timedelta64(1, "s")))
    if seconds > 86_400:
        return {"step": seconds, "first": _seconds(begin[0]), **encode_arrays({"rain": amount.astype("f4")})}
    day = begin.astype("datetime64[D]").astype(np.int64)
    number = day - day[0]
    # A day with a gap in its rain has none to show.
    total = np.bincount(number, np.nan_to_num(amount, nan=0.0))
    total[np.bincount(number, np.isnan(amount)) > 0] = np.nan
    return {
        "step": seconds,
        "first": int(day[0]) * 86_400,
        **encode_arrays({"rain": rounded(total, 2.0**-7)}),
    }


def _seconds(stamp: np.datetime64) -> int:
    return int(stamp.astype("datetime64[s]").astype(np.int64))
