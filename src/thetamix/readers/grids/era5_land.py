"""ERA5-Land as Copernicus delivers it: what accumulates, which unit, which layer of soil.

``tp`` and ``ssrd`` accumulate from 00 UTC through the day: the value at 01:00 is that of the first hour, the value at
00:00 closes the day before (Muñoz-Sabater et al. 2021, doi:10.5194/essd-13-4349-2021). Files call time ``time`` or
``valid_time``; longitudes run -180 to 180 or 0 to 360; the sea has no values.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from thetamix.system.errors import InputError
from thetamix.weather.humidity import wind_at_two_metres

#: Layers of soil: name -> upper and lower border [m].
LAYERS = {"swvl1": (0.0, 0.07), "swvl2": (0.07, 0.28), "swvl3": (0.28, 1.0), "swvl4": (1.0, 2.89)}
#: Variable of the network -> variables of the files.
NEEDS: dict[str, tuple[str, ...]] = {
    "precipitation": ("tp",),
    "shortwave_radiation": ("ssrd",),
    "air_temperature": ("t2m",),
    "dew_point_temperature": ("d2m",),
    "wind_speed": ("u10", "v10"),
}
#: Variables that are sums from 00 UTC on; the others are values of moments.
ACCUMULATED = ("precipitation", "shortwave_radiation")
#: Packing makes sums fall by a little [m], [J m-2]; more is no such file.
_PACKING = {"tp": 1e-4, "ssrd": 2e4}
_DAY = np.timedelta64(24 * 3600 * 10**9, "ns")


def increments(sums: np.ndarray, time: np.ndarray, name: str) -> np.ndarray:
    """Convert sums from 00 UTC to amounts of each interval.

    Parameters
    ----------
    sums
        (..., time).
    time
        Stamps (time), UTC, increasing.
    name
        In the files: ``tp``.

    Returns
    -------
    numpy.ndarray
        Amount since the stamp before, or since 00 UTC (..., time); NaN where the sum before is missing.

    Raises
    ------
    InputError
        If sums fall within a day: these are no accumulations.

    Examples
    --------
    >>> time = np.arange("2020-01-01T22", "2020-01-02T03", dtype="datetime64[h]").astype("datetime64[ns]")
    >>> increments(np.array([3.0, 4.0, 4.5, 1.0, 1.5]), time, "tp")
    array([nan, 1. , 0.5, 1. , 0.5])
    """
    step = _step(time)
    # The day that a sum belongs to: 00:00 closes the day before.
    day = (time - np.timedelta64(1, "ns")).astype("datetime64[D]")
    into = time - day.astype("datetime64[ns]")
    amounts = np.full(sums.shape, np.nan)
    first = into <= step
    amounts[..., first] = sums[..., first]
    later = np.flatnonzero(~first[1:] & (day[1:] == day[:-1]) & (np.diff(time) == step)) + 1
    amounts[..., later] = sums[..., later] - sums[..., later - 1]
    slack = _PACKING.get(name, 0.0)
    if np.nanmin(amounts, initial=0.0) < -slack:
        at = np.unravel_index(int(np.nanargmin(amounts)), amounts.shape)
        raise InputError(
            f"{name} falls within a day, at {np.datetime_as_string(time[at[-1]], 'm')}: it is not the sum from "
            "00 UTC on that ERA5-Land has (amounts of each hour? give them as kind: cf with their unit)"
        )
    positive: np.ndarray = np.maximum(amounts, 0)
    return positive


def convert_cells(name: str, values: Mapping[str, np.ndarray], time: np.ndarray) -> tuple[np.ndarray, np.timedelta64]:
    """Convert what the files have, variable -> (cell, time) at the stamps `time`, to a variable of the network.

    Returns
    -------
    values : numpy.ndarray
        (cell, time) in the network's unit; wind at 2 m.
    step : numpy.timedelta64
        Length of the intervals.
    """
    step = _step(time)
    seconds = float(step / np.timedelta64(1, "s"))
    first, *others = (values[variable] for variable in NEEDS[name])
    if name == "precipitation":
        return increments(first, time, "tp") * 1000 * 3600 / seconds, step
    if name == "shortwave_radiation":
        return increments(first, time, "ssrd") / seconds, step
    if name == "wind_speed":
        return wind_at_two_metres(np.hypot(first, others[0]), 10.0), step
    return first - 273.15, step


def _step(time: np.ndarray) -> np.timedelta64:
    return np.timedelta64(np.diff(time).min(), "ns") if time.size > 1 else _DAY


def layers_of(depths: Sequence[float], names: Sequence[str], match: str) -> list[str | None]:
    """Return the layer of soil that stands for each depth.

    Parameters
    ----------
    depths
        Nominal depths [m].
    names
        Variables of the files.
    match
        ``overlap``: the layer that the depth lies in. ``paper``: the first layer for the first depth and so on, as
        Bischof et al. (2025) have it for 10, 30 and 50 cm.

    Returns
    -------
    list of str or None
        Layer of each depth; None where the files do not have it.

    Raises
    ------
    InputError
        If no depth has a layer.

    Examples
    --------
    >>> layers_of([0.05, 0.2, 0.5], ["swvl1", "swvl2", "swvl3"], "overlap")
    ['swvl1', 'swvl2', 'swvl3']
    >>> layers_of([0.1, 0.3, 0.5], ["swvl1", "swvl2", "swvl3"], "paper")
    ['swvl1', 'swvl2', 'swvl3']
    """
    present = [name for name in LAYERS if name in names]
    if match == "paper":
        layers = [present[at] if at < len(present) else None for at in range(len(depths))]
    else:
        layers = [
            next((name for name in present if LAYERS[name][0] <= depth < LAYERS[name][1]), None) for depth in depths
        ]
    if not any(layers):
        raise InputError(
            f"reference_soil_moisture: none of the layers {', '.join(present) or 'swvl1 to swvl4'} is in the files "
            f"for the depths {', '.join(f'{depth:g}' for depth in depths)} m"
        )
    return layers
