"""ERA5-Land and ERA5 as Copernicus delivers them: what accumulates, which unit, which layer of soil.

``tp`` and ``ssrd`` of ERA5-Land accumulate from 00 UTC through the day: the value at 01:00 is that of the first hour,
the value at 00:00 closes the day before (Muñoz-Sabater et al. 2021, doi:10.5194/essd-13-4349-2021). Those of ERA5 are
amounts of the hour that ends at the stamp (Hersbach et al. 2020, doi:10.1002/qj.3803). Files call time ``time`` or
``valid_time``; longitudes run -180 to 180 or 0 to 360; the sea has no values in ERA5-Land.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from thetamix.readers.tables.clocks.times import minute
from thetamix.system.errors import InputError
from thetamix.weather.humidity import wind_at_two_metres

#: Layers of soil: name -> upper and lower border [m].
LAYERS = {"swvl1": (0.0, 0.07), "swvl2": (0.07, 0.28), "swvl3": (0.28, 1.0), "swvl4": (1.0, 2.89)}
#: Variable of the network -> variables of the files.
NEEDS: dict[str, tuple[str, ...]] = {
    "precipitation": ("tp",),
    "shortwave_radiation": ("ssrd",),
    "air_temperature": ("t2m",),
    "minimum_air_temperature": ("t2m",),
    "maximum_air_temperature": ("t2m",),
    "dew_point_temperature": ("d2m",),
    "wind_speed": ("u10", "v10"),
}
#: Variables that are sums from 00 UTC on; the others are values of moments.
ACCUMULATED = ("precipitation", "shortwave_radiation")
#: What the files give their units as; the first is Copernicus' own.
_UNITS = {
    "tp": ("m", "metre", "meter", "metres"),
    "ssrd": ("J m-2", "J m2-1", "J/m2", "J/m^2"),
    "t2m": ("K", "kelvin", "Kelvin", "degK"),
    "d2m": ("K", "kelvin", "Kelvin", "degK"),
    "u10": ("m s-1", "m/s"),
    "v10": ("m s-1", "m/s"),
}
#: Sums that fall within their day by more than this share of what they rise are amounts of each hour.
SAWTOOTH = 0.3
#: On so many days rain does not rise to midnight by chance; on fewer, where it rises so often, then stays for hours.
WET_DAYS, RISES = 5, 3
HELD = np.timedelta64(6, "h")
#: Packing makes sums fall by a little [m], [J m-2]; more is no such file.
_PACKING = {"tp": 1e-4, "ssrd": 2e4}
_HOUR = np.timedelta64(3600 * 10**9, "ns")
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
        If sums fall within a day: these are no accumulations; or none follows another of its day.

    Examples
    --------
    >>> time = np.arange("2020-01-01T22", "2020-01-02T03", dtype="datetime64[h]").astype("datetime64[ns]")
    >>> increments(np.array([3.0, 4.0, 4.5, 1.0, 1.5]), time, "tp")
    array([nan, 1. , 0.5, 1. , 0.5])
    """
    step, day = step_of(time), day_of(time)
    amounts = np.full(sums.shape, np.nan)
    first = time - day.astype("datetime64[ns]") == step
    amounts[..., first] = sums[..., first]
    later = np.flatnonzero(~first[1:] & (day[1:] == day[:-1]) & (np.diff(time) == step)) + 1
    amounts[..., later] = sums[..., later] - sums[..., later - 1]
    if np.isfinite(sums).any() and not np.isfinite(amounts).any():
        raise InputError(
            f"{name}: sums from 00 UTC on at {minute(time[0])[-5:]} every {step / np.timedelta64(1, 'h'):g} h do not "
            "say what fell between; fetch every hour, or 00 UTC for days"
        )
    slack = _PACKING.get(name, 0.0)
    rises, falls = _rises_and_falls(sums, day)
    if np.nanmin(amounts, initial=0.0) < -slack or falls > max(slack, SAWTOOTH * rises):
        at = np.unravel_index(int(np.nanargmin(amounts)), amounts.shape)
        raise InputError(
            f"{name} falls within a day, at {np.datetime_as_string(time[at[-1]], 'm')}: it is not the sum from "
            "00 UTC on that ERA5-Land has; amounts of each hour, as ERA5 has them, are kind: era5"
        )
    positive: np.ndarray = np.maximum(amounts, 0)
    return positive


def require_amounts(amounts: np.ndarray, time: np.ndarray, name: str) -> None:
    """Raise where what should be amounts of each interval are sums from 00 UTC on.

    Such sums only rise within a day, stay, and fall back after it; rain does so by chance on a day, not on
    :data:`WET_DAYS`, and not if it is then the same to the last digit for hours.

    Parameters
    ----------
    amounts
        (cell, time), not negative.
    time
        Stamps (time), UTC: ends of the intervals.
    name
        In the files.
    """
    day = day_of(time)
    if step_of(time) <= _DAY / 8 and any(_is_sum_of_day(cell, day, int(HELD // step_of(time))) for cell in amounts):
        raise InputError(
            f"{name} rises through every day and falls back after 00 UTC: these are sums of the day so far, as "
            "ERA5-Land has them, not amounts of each hour; take kind: era5_land"
        )


def _is_sum_of_day(cell: np.ndarray, day: np.ndarray, held: int) -> bool:
    rises, falls = _rises_and_falls(cell, day)
    back = np.diff(cell)[day[1:] != day[:-1]]
    wet = np.unique(day[cell > 0]).size
    stays = (np.diff(cell) == 0) & (cell[1:] > 0) & (day[1:] == day[:-1])
    often = wet >= WET_DAYS and int((cell > 0).sum()) >= 3 * wet
    often |= int((np.diff(cell) > 0).sum()) >= RISES * wet > 0 and int(stays.sum()) >= max(held, 2) * wet
    return bool(often and rises > 0 and falls <= 0.01 * rises and -back[back < 0].sum() >= 0.5 * rises)


def _rises_and_falls(values: np.ndarray, day: np.ndarray) -> tuple[float, float]:
    """Return by how much values (..., time) rise, and fall, from a stamp to the next of the same day."""
    change = np.diff(values, axis=-1)[..., day[1:] == day[:-1]]
    there = change[np.isfinite(change)]
    return float(there[there > 0].sum()), float(-there[there < 0].sum())


def convert_cells(
    kind: str, name: str, values: Mapping[str, np.ndarray], time: np.ndarray
) -> tuple[np.ndarray, np.timedelta64]:
    """Convert what the files have, variable -> (cell, time) at the stamps `time`, to a variable of the network.

    Parameters
    ----------
    kind
        ``era5_land``: amounts are sums from 00 UTC on; ``era5``: they are those of the hour that ends at the stamp,
        also in files that have only some of the hours.
    name
        Of the network: a key of :data:`NEEDS`.
    values, time
        From the files.

    Returns
    -------
    values : numpy.ndarray
        (cell, time) in the network's unit; wind at 2 m.
    step : numpy.timedelta64
        Length of the intervals; between moments, what is usual.
    """
    step = step_of(time)
    first, *others = (values[variable] for variable in NEEDS[name])
    if name in ACCUMULATED:
        if kind == "era5":
            require_amounts(first, time, NEEDS[name][0])
            step, amounts = _HOUR, np.where(first < -_PACKING[NEEDS[name][0]], np.nan, np.maximum(first, 0))
        else:
            amounts = increments(first, time, NEEDS[name][0])
        factor = 1000 * 3600 if name == "precipitation" else 1
        return amounts * factor / float(step / np.timedelta64(1, "s")), step
    if step >= _DAY:
        raise InputError(
            f"{NEEDS[name][0]} has one value a day: a moment is no mean of a day; fetch every hour. Daily means are "
            "kind: cf, with stamp: start where they stand at the beginning of their day"
        )
    if name == "wind_speed":
        return wind_at_two_metres(np.hypot(first, others[0]), 10.0), step
    return first - 273.15, step


def require_units(name: str, units: Mapping[str, str]) -> None:
    """Raise where a file says another unit for what a variable of the network needs than Copernicus delivers."""
    for variable in NEEDS.get(name, ()):
        unit = units.get(variable, "").replace("**", "").replace("^", "")
        if unit and unit not in _UNITS[variable]:
            raise InputError(
                f"{variable} has the unit {units[variable]!r}, not {_UNITS[variable][0]!r}: the files were changed; "
                "give it as kind: cf with what it is now"
            )


def day_of(time: np.ndarray) -> np.ndarray:
    """Return the day that sums from 00 UTC at stamps (time) belong to: 00:00 closes the day before."""
    day: np.ndarray = (time - np.timedelta64(1, "ns")).astype("datetime64[D]")
    return day


def step_of(time: np.ndarray) -> np.timedelta64:
    """Return the shortest time between stamps (time); a day where there is only one."""
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
