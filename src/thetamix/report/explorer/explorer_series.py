"""One series as the explorer takes it: thinned readings, reference and mixtures, encoded."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from thetamix.evaluation.reduction import EXACT, largest_difference, reduce_components
from thetamix.network.by_series import Key, Part
from thetamix.network.schema import flag_mask, time_step
from thetamix.prediction.layout import PARAMETERS
from thetamix.report.explorer.explorer_thinning import kept_steps, liveliest
from thetamix.report.explorer.packing import encode_arrays, rounded
from thetamix.splits.parts import EVALUATION, TRAINING

WINDOW = np.timedelta64(30, "D")  # shown in full where the rest is thinned
#: A forecaster that repeats itself (an annual cycle) is told once, not at every step.
MOST_REPEATED = 400
MOST_RUNS = 12_000  # of equal mixtures; what changes more often is not looked through for repetitions
ROOM_FOR_TABLES = 1_000_000  # [bytes] for repeated mixtures as they are; what comes then has its components merged
CHECKED_ROWS = 40  # of each series, to measure what merging components changes

Parameters = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Shown:
    """A forecaster of the explorer.

    Attributes
    ----------
    name
        In the study.
    prediction
        Its open file.
    members
        Positions of its members among the forecasters, where the page pools them itself.
    error
        The largest difference in probability that merging components has made so far.
    """

    name: str
    prediction: xr.Dataset
    members: list[int] | None
    error: float = 0.0

    @property
    def has_many(self) -> bool:
        """True where its components are too many to be told at every step."""
        return int(self.prediction.sizes["component"]) > EXACT


@dataclass
class Tables:
    """Mixtures that several series may share: each different table is kept once.

    Attributes
    ----------
    kept
        Encoded tables by a hash of what is in them.
    """

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Length of their text."""
        return sum(len(table["data"]) for table in self.kept.values())

    def put(self, rows: Mapping[str, np.ndarray]) -> str:
        """Keep a table (row, component) and give its key."""
        content = b"".join(np.ascontiguousarray(values).tobytes() for values in rows.values())
        key = hashlib.sha256(content).hexdigest()[:16]
        if key not in self.kept:
            self.kept[key] = {"components": rows["mean"].shape[1], **encode_arrays(_flat(rows))}
        return key


def series_data(
    network: xr.Dataset,
    part: Part,
    reject: Sequence[str],
    forecasters: Sequence[Shown],
    key: Key,
    count: int,
    tables: Tables,
) -> dict[str, Any]:
    """Encode one series.

    Parameters
    ----------
    network
        The network.
    part
        The split.
    reject
        Names of the flags that the study rejects.
    forecasters
        Whose mixtures are shown; their errors grow.
    key
        Of the series. It has readings.
    count
        About how many steps to show.
    tables
        Takes mixtures that repeat themselves.

    Returns
    -------
    dict
        Plain values: ``count`` of steps, ``window`` in full, ``replicates``, stretches ``trained`` and ``evaluated``,
        replicates ``withheld`` from training, ``range`` of the accepted readings (lowest, dry, highest) [m3 m-3],
        ``mixtures`` of each forecaster, and the encoded arrays.
    """
    network, of_series = network.isel(cluster=key[0], depth=key[1]), part[key]
    readings = network["soil_moisture"].to_numpy()
    ever = np.isfinite(readings).any(axis=1)
    length = int(min(count // 2, max(WINDOW / time_step(network["time"]), 1)))
    window = liveliest(readings, length) if count < readings.shape[1] else None
    steps = kept_steps(readings, count, window)
    arrays = {"step": steps.astype(np.uint32)}
    arrays |= {f"reading{r}": rounded(readings[r, steps]) for r in np.flatnonzero(ever)}
    rejected = _rejected(network, reject)
    kept = readings[:, steps] if rejected is None else np.where(rejected[:, steps], np.nan, readings[:, steps])
    if rejected is not None:
        here = rejected[:, steps]
        arrays |= {f"rejected{r}": here[r].astype(np.uint32) for r in np.flatnonzero(ever & here.any(axis=1))}
    if "reference_soil_moisture" in network:
        reference = network["reference_soil_moisture"].to_numpy()
        if np.isfinite(reference).any():
            arrays["reference"] = rounded(reference[steps])
    mixtures: list[dict[str, Any] | None] = []
    for number, forecaster in enumerate(forecasters):
        about, more = _mixtures(forecaster, key, steps, tables, number)
        mixtures.append(about)
        arrays |= more
    return {
        "count": int(steps.size),
        "window": [window.start, window.stop - 1] if window is not None else None,
        "replicates": [int(r) for r in np.flatnonzero(ever)],
        "trained": _stretches((of_series == TRAINING).any(axis=0)),
        "evaluated": _stretches((of_series == EVALUATION).any(axis=0)),
        "withheld": _withheld(of_series, ever),
        "range": [float(x) for x in np.nanquantile(kept, [0.0, 0.25, 1.0])] if np.isfinite(kept).any() else None,
        "mixtures": mixtures,
        **encode_arrays(arrays),
    }


def _rejected(network: xr.Dataset, reject: Sequence[str]) -> np.ndarray | None:
    if not reject or "soil_moisture_flag" not in network:
        return None
    flags = network["soil_moisture_flag"].to_numpy()
    marked: np.ndarray = (flags & flag_mask(list(reject))) != 0
    return marked


def _mixtures(
    shown: Shown, key: Key, steps: np.ndarray, tables: Tables, number: int
) -> tuple[dict[str, Any] | None, dict[str, np.ndarray]]:
    """Return what the page must know about the mixtures of a series, and the arrays that go with it."""
    if shown.members is not None:
        return {"pool": True}, {}
    weight, mean, sd = (shown.prediction[name][key].to_numpy() for name in PARAMETERS)
    predicted = np.isfinite(mean).all(axis=1) & np.isfinite(weight).all(axis=1)
    if not predicted.any() or (sd[predicted] == 0).all():  # a point forecast has no density to show
        return None, {}
    repeated = _repeated((weight, mean, sd))
    if repeated is not None:
        different, index = repeated
        table = _prepared(shown, different, merge=shown.has_many and tables.size > ROOM_FOR_TABLES)
        return {"table": tables.put(table)}, {f"index{number}": index[steps].astype(np.uint32)}
    rows = _prepared(shown, (weight[steps], mean[steps], sd[steps]), merge=shown.has_many)
    return {"components": rows["mean"].shape[1]}, {f"{key}{number}": values for key, values in _flat(rows).items()}


def _prepared(shown: Shown, mixture: Parameters, *, merge: bool) -> dict[str, np.ndarray]:
    """Merge components where they are too many, and round (row, component)."""
    if merge:
        merged = reduce_components(*mixture)
        checked = np.linspace(0, len(merged[0]) - 1, min(CHECKED_ROWS, len(merged[0]))).astype(np.int64)
        (w, m, s), (w_merged, m_merged, s_merged) = ([v[checked] for v in values] for values in (mixture, merged))
        shown.error = max(shown.error, largest_difference((w, m, s), (w_merged, m_merged, s_merged)))
        mixture = merged
    weight, mean, sd = mixture
    # A very narrow component keeps all of its digits.
    narrow = np.where(sd < 2.0**-10, sd, rounded(sd)).astype(np.float32)
    return {"weight": rounded(weight), "mean": rounded(mean), "sd": narrow}


def _flat(rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrange each component's numbers side by side: they change little from step to step."""
    return {name: np.ascontiguousarray(values.T).ravel() for name, values in rows.items()}


def _repeated(mixture: Parameters) -> tuple[Parameters, np.ndarray] | None:
    """Return the different rows and the row of each step, where there are few; None where there are many."""
    joined = np.concatenate(mixture, axis=1).view(np.uint32)  # NaN equals itself
    new = np.concatenate([[True], (joined[1:] != joined[:-1]).any(axis=1)])
    starts = np.flatnonzero(new)
    if starts.size > MOST_RUNS:
        return None
    unique, inverse = np.unique(joined[starts], axis=0, return_inverse=True)
    if len(unique) > min(MOST_REPEATED, 0.75 * len(joined)):
        return None
    first = np.zeros(len(unique), dtype=np.int64)
    first[inverse[::-1]] = starts[::-1]
    index = inverse[np.cumsum(new) - 1]
    weight, mean, sd = (values[first] for values in mixture)
    return (weight, mean, sd), index


def _stretches(values: np.ndarray) -> list[list[int]]:
    """First and last position of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], values, [False]]).astype(np.int8)))
    return [[int(first), int(last) - 1] for first, last in edges.reshape(-1, 2)]


def _withheld(part: np.ndarray, ever: np.ndarray) -> list[int]:
    """Name the replicates that are evaluated and never trained on, where others are trained on."""
    trained = (part == TRAINING).any(axis=1)
    evaluated = (part == EVALUATION).any(axis=1)
    return [int(r) for r in np.flatnonzero(ever & evaluated & ~trained)] if trained.any() else []
