"""The times of a grid's file: from the numbers of its time axis to UTC."""

from pathlib import Path

import numpy as np
import xarray as xr

from thetamix.system.errors import InputError

#: Calendars without a day that ours lacks: their dates are read as they stand.
_DATES_AS_THEY_STAND = ("noleap", "365_day")
_SECOND = 10**9
#: Times that single precision makes shake are brought to the finest of these [s] that is not finer than the shaking.
_NICE = (1, 60, 300, 900, 1800, 3600)


def decode_times(path: Path, axis: xr.DataArray) -> np.ndarray:
    """Decode a time axis as CF has it: ``hours since 1900-01-01``.

    Years of 365 days keep their dates: 29 February is missing then. Other calendars than the usual one are refused:
    their dates are others.

    Parameters
    ----------
    path
        The file, for messages.
    axis
        Numbers, of any shape, with ``units`` and perhaps ``calendar``.

    Returns
    -------
    numpy.ndarray
        Stamps (time) as ``datetime64[ns]``, flattened, to the second, or to what single precision can tell apart;
        NaT where a number is missing.

    Raises
    ------
    InputError
        If it is no such axis, or the calendar has dates that ours has not.
    """
    calendar = str(axis.attrs.get("calendar", "standard")).lower()
    if " since " not in str(axis.attrs.get("units", "")):
        raise InputError(f"{path}: {axis.name} is no date axis; write it as CF 'hours since …'")
    if calendar not in ("standard", "gregorian", "proleptic_gregorian", *_DATES_AS_THEY_STAND):
        raise InputError(
            f"{path}: the times are of the calendar {calendar}, whose dates are not those of the weather; write them "
            "in the standard calendar (cdo setcalendar,standard where only the name is wrong)"
        )
    attributes = {key: axis.attrs[key] for key in ("units", "calendar") if key in axis.attrs}
    numbers = xr.Dataset({"stamp": ("time", np.asarray(axis.to_numpy(), dtype=np.float64).ravel(), attributes)})
    try:
        stamps = xr.decode_cf(numbers)["stamp"].to_numpy()
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path}: {axis.name} cannot be read as dates ({error}); correct its units") from error
    if stamps.dtype.kind == "O":
        stamps = np.array([np.datetime64(stamp.isoformat(), "ns") for stamp in stamps])
    # Days as numbers with a point are off by parts of a second, of single precision by minutes.
    nice = next((nice for nice in _NICE if nice >= _shaking(axis)), 1) * _SECOND
    late: np.ndarray = stamps.astype("datetime64[ns]") + np.timedelta64(nice // 2, "ns")
    snapped: np.ndarray = late - (late - np.datetime64(0, "ns")) % np.timedelta64(nice, "ns")
    return snapped


def _shaking(axis: xr.DataArray) -> float:
    """Return how far apart the times are that the numbers of an axis can tell [s]."""
    numbers = axis.to_numpy()
    if numbers.dtype != np.float32 or not np.isfinite(numbers).any():
        return 0.0
    word = str(axis.attrs["units"]).split()[0].lower()
    seconds = {"d": 86_400.0, "h": 3600.0, "m": 60.0}.get(word[0], 1.0)
    return float(np.spacing(np.nanmax(np.abs(numbers)))) * seconds
