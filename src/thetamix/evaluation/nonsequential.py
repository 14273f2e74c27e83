"""Non-sequential responses: a deeper sensor wets before a shallower one (Demand et al. 2019).

doi:10.5194/hess-23-4869-2019. A sign of water that bypasses the soil matrix. Per profile, which is one replicate of a
cluster with its depths, and rain event: rain that no 6 dry hours interrupt, at least 1 mm in all. A sensor responds
when it has risen by 0.005 over its last reading before the event, within 48 h of the event's beginning and before the
next event. A response is non-sequential where a sensor responds before a shallower one does, or without it.

A sensor whose readings jump about by themselves would respond to every event: one whose hour-to-hour noise is above
a quarter of that rise, as that of the simulator's sensors is unless it is switched off, is left out. Hourly networks
only.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from thetamix.evaluation.estimates import ALL
from thetamix.network.by_series import Readings
from thetamix.network.schema import midpoints, time_step

COLUMNS = ["group", "month", "events", "responses", "non_sequential", "share"]
LEAST_RAIN = 1.0  # [mm]
DRY_HOURS = 6
RISE = 0.005  # [m3 m-3]
WINDOW = 48  # [h]
LOUDEST = RISE / 4  # [m3 m-3]
HOUR = np.timedelta64(1, "h")


def nonsequential_responses(network: xr.Dataset, readings: Readings, group: Sequence[str]) -> pd.DataFrame:
    """Count non-sequential responses by group and month.

    Parameters
    ----------
    network
        With ``precipitation`` (cluster, time) [mm h-1].
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    group
        Of the clusters (cluster).

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`, counts of profile × event; `month` is that of the event's beginning. `events` are
        those where two sensors of the profile at least can be judged; `share` is non_sequential / events, NaN
        without events. Empty for a network that is not hourly or has no precipitation.
    """
    if time_step(network["time"]) != HOUR or "precipitation" not in network:
        return pd.DataFrame(columns=COLUMNS)
    months = midpoints(network["time"], HOUR).astype("datetime64[M]").astype(np.int64) % 12
    rain = network["precipitation"].to_numpy()
    order = np.argsort(network["depth"].to_numpy())
    counts = {name: np.zeros((12, 3), dtype=np.int64) for name in sorted(set(group))}
    for cluster, name in enumerate(group):
        begins = event_begins(rain[cluster])
        profiles = np.stack([readings[cluster, depth] for depth in order.tolist()], axis=1).astype(np.float64)
        for profile in profiles:  # of a replicate (depth, time)
            np.add.at(counts[name], months[begins], judge(first_responses(profile, begins)).T)
    return _table(counts)


def event_begins(rain: np.ndarray) -> np.ndarray:
    """Find where rain events begin.

    Parameters
    ----------
    rain
        Hourly precipitation of a cluster (time) [mm]; NaN is missing.

    Returns
    -------
    numpy.ndarray
        Position of the first wet hour of each event. An event with a missing hour in the six before it, or in its
        course, is left out: it may have begun earlier.

    Examples
    --------
    >>> rain = np.zeros(40)
    >>> rain[[10, 14, 30]] = 2.0
    >>> event_begins(rain)
    array([10, 30])
    """
    # A missing hour is taken as part of an event, which is then dropped for it.
    wet = np.flatnonzero((rain > 0) | np.isnan(rain))
    if not wet.size:
        return wet
    starts = np.flatnonzero(np.diff(wet, prepend=-DRY_HOURS - 2) > DRY_HOURS)
    amounts = np.add.reduceat(rain[wet].astype(np.float64), starts)  # NaN with a missing hour
    begins: np.ndarray = wet[starts]
    return begins[(amounts >= LEAST_RAIN - 1e-6) & (begins >= DRY_HOURS)]


def first_responses(profile: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Find when each sensor of a profile responds to each event.

    Parameters
    ----------
    profile
        Readings (depth, time) [m3 m-3].
    begins
        First wet hours of the events (event).

    Returns
    -------
    numpy.ndarray
        Hours after the beginning (depth, event); infinite where a sensor does not respond, NaN where it cannot be
        judged: no reading just before the event, a reading missing before it responds, or too loud.
    """
    size = profile.shape[1]
    result = np.full((len(profile), begins.size), np.nan)
    ends = np.minimum(np.append(begins[1:], size), begins + WINDOW)[: begins.size]
    hours = np.arange(WINDOW)
    position = np.minimum(begins[:, None] + hours, size - 1)
    inside = hours < (ends - begins)[:, None]
    for sensor, course in enumerate(profile):
        if loudness(course) > LOUDEST:
            continue
        rise = course[position] - course[begins - 1][:, None]
        # float32 readings a rise apart may differ by a little less
        risen = inside & (rise >= RISE - 1e-6)
        missing = inside & np.isnan(rise)
        when = np.where(risen.any(axis=1), risen.argmax(axis=1), np.inf)
        gone = np.where(missing.any(axis=1), missing.argmax(axis=1), np.inf)
        result[sensor] = np.where(gone < when, np.nan, when)
    return result


def loudness(course: np.ndarray) -> float:
    """Estimate the hour-to-hour noise of a sensor from the median absolute change of its changes.

    It is a standard deviation [m3 m-3]; 0 for a sensor without three readings in a row.
    """
    bends = np.diff(course, 2)
    bends = bends[np.isfinite(bends)]
    # x[t+1] - 2 x[t] + x[t-1] of noise has a variance of 6; a Gaussian's median absolute value is 0.6745 sd
    return float(np.median(np.abs(bends)) / 0.6745 / np.sqrt(6)) if bends.size else 0.0


def judge(when: np.ndarray) -> np.ndarray:
    """Return events, responses and non-sequential responses apart.

    Parameters
    ----------
    when
        From :func:`first_responses` (depth, event), the shallowest first.

    Returns
    -------
    numpy.ndarray
        0 or 1 (3, event): whether the event can be judged, is responded to, and is so non-sequentially.

    Examples
    --------
    >>> judge(np.array([[1.0, 5.0, np.inf, np.nan], [3.0, 2.0, 4.0, 2.0]]))
    array([[1, 1, 1, 0],
           [1, 1, 1, 0],
           [0, 1, 1, 0]])
    """
    defined = np.isfinite(when) | np.isinf(when)
    judged = defined.sum(axis=0) >= 2
    responded = judged & np.isfinite(when).any(axis=0)
    # The latest response among the shallower sensors that can be judged.
    before = np.maximum.accumulate(np.where(defined, when, -np.inf), axis=0)
    earlier = np.isfinite(when[1:]) & (when[1:] < before[:-1])
    return np.stack([judged, responded, judged & earlier.any(axis=0)]).astype(np.int64)


def _table(counts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Write the counts of each group (month, 3), and of all."""
    rows: list[tuple[object, ...]] = []
    for group, of_month in {**counts, ALL: np.sum(list(counts.values()), axis=0)}.items():
        months = [(str(month + 1), count) for month, count in enumerate(of_month) if count[0]]
        for month, count in [*months, (ALL, of_month.sum(axis=0))]:
            events, responses, non_sequential = count.tolist()
            share = non_sequential / events if events else np.nan
            rows.append((group, month, events, responses, non_sequential, share))
    return pd.DataFrame(rows, columns=COLUMNS)
