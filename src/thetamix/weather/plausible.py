"""Weather with the wrong unit or the wrong clock: refused before it makes a silently wrong PET."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from thetamix.network import limits
from thetamix.network.schema import midpoints, time_step
from thetamix.system.errors import InputError
from thetamix.weather.solar import DAY, extraterrestrial_radiation, sun_height

#: Shares of readings that may be odd before the whole is refused.
FEW = 0.02
#: Global radiation cannot be more than this share of that above the atmosphere, over days.
CLEAREST = 0.95
#: Share of global radiation that may fall while the sun is below the horizon.
DARK = 0.05


def require_plausible_weather(network: xr.Dataset) -> None:
    """Raise where the weather of a network cannot be, a cluster at a time.

    Parameters
    ----------
    network
        With any of :data:`thetamix.network.weather_variables.WEATHER` (cluster, time).

    Raises
    ------
    InputError
        Naming variable and cluster, what is odd, and what to convert.
    """
    for at, name in enumerate(network["cluster_id"].to_numpy()):
        for variable, why in implausible_weather(network.isel(cluster=at)):
            raise InputError(f"{variable} of cluster {name}: {why}")


def implausible_weather(cluster: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Yield what cannot be of the weather of one cluster (time): the variable, and what is odd and to be done."""
    for variable, look in _LOOKS.items():
        if variable in cluster and cluster[variable].dims == ("time",):
            values = cluster[variable].to_numpy().astype(np.float64)
            if np.isfinite(values).any() and (why := look(values, cluster)) is not None:
                yield variable, why


def _humidity(values: np.ndarray, cluster: xr.Dataset) -> str | None:  # noqa: ARG001
    there = values[np.isfinite(values)]
    if there.max() <= limits.HUMIDITY_AS_FRACTION:
        return f"its largest value is {there.max():.3g} percent: these are fractions; say unit: '1'"
    least, most = limits.RELATIVE_HUMIDITY
    if (there > most).mean() > FEW or (there < least).mean() > FEW:
        return f"{there.min():.3g} to {there.max():.3g} percent; correct unit, or list codes under missing"
    return None


def _vapour_pressure(values: np.ndarray, cluster: xr.Dataset) -> str | None:  # noqa: ARG001
    middle = float(np.nanmedian(values))
    if middle > limits.LARGEST_VAPOUR_PRESSURE:
        return f"its median is {middle:.3g} kPa, more than saturated air has: is the unit hPa or Pa? Correct it"
    if np.nanmin(values) < 0:
        return f"{np.nanmin(values):.3g} kPa is negative; list the code under missing"
    return None


def _dew_point(values: np.ndarray, cluster: xr.Dataset) -> str | None:
    if "air_temperature" not in cluster:
        return None
    above = values - cluster["air_temperature"].to_numpy()
    there = above[np.isfinite(above)]
    share = (there > limits.LARGEST_DEW_POINT_EXCESS).mean() if there.size else 0.0
    if share > FEW:
        return (
            f"it is more than {limits.LARGEST_DEW_POINT_EXCESS:g} degC above the air temperature in {share:.0%} of "
            "the readings; correct unit, or exchange the two columns"
        )
    return None


def _wind(values: np.ndarray, cluster: xr.Dataset) -> str | None:  # noqa: ARG001
    there = values[np.isfinite(values)]
    if np.median(there) > limits.LARGEST_MEDIAN_WIND or there.max() > limits.LARGEST_WIND:
        return (
            f"its median is {np.median(there):.3g}, its largest value {there.max():.3g} m s-1: is the unit km h-1, "
            "mph or knot, or a wind run in km d-1? Correct it"
        )
    if there.min() < 0:
        return f"{there.min():.3g} m s-1 is negative; list the code under missing"
    return None


def _order(values: np.ndarray, cluster: xr.Dataset) -> str | None:
    if "minimum_air_temperature" not in cluster:
        return None
    low = cluster["minimum_air_temperature"].to_numpy()
    wrong = values < low - 0.5
    if wrong[np.isfinite(values) & np.isfinite(low)].sum() > FEW * values.size:
        return f"below the minimum in {int(wrong.sum())} intervals; exchange the two columns"
    return None


def _radiation(values: np.ndarray, cluster: xr.Dataset) -> str | None:
    there = np.isfinite(values)
    if values[there].min() < limits.LEAST_RADIATION:
        return f"{values[there].min():.3g} W m-2 is negative; list the code under missing, or turn the sign"
    if not all(place in cluster and np.isfinite(cluster[place]) for place in ("latitude", "longitude")):
        return None
    step = time_step(cluster["time"])
    if step > DAY or there.sum() * step < 10 * DAY:
        return None
    middle = midpoints(cluster["time"], step)
    latitude, longitude = np.asarray(cluster["latitude"]), np.asarray(cluster["longitude"])
    watts = 1e6 / float(step / np.timedelta64(1, "s"))
    above = extraterrestrial_radiation(latitude, longitude, middle, step) * watts
    total, sent = values[there].sum(), above[there].sum()
    if sent <= 0:
        return None
    if total > CLEAREST * sent:
        return (
            f"its mean is {total / there.sum():.4g} W m-2, {total / sent:.0%} of what the sun sends to the top of "
            "the atmosphere there: correct unit (MJ m-2, J cm-2, langley?) in the mapping"
        )
    if total < 0.02 * sent:
        return (
            f"its mean is {total / there.sum():.3g} W m-2, {total / sent:.1%} of what the sun sends: correct unit "
            "(MJ m-2 and J cm-2 are sums of a step) in the mapping"
        )
    if step <= DAY / 4:
        night = there & (sun_height(latitude, longitude, middle) < np.radians(-6)) & (above <= 0)
        dark = np.clip(values[night], 0, None).sum() / total
        if dark > DARK:
            return (
                f"{dark:.0%} of it falls while the sun is down: the clock is wrong; correct utc_offset (local "
                "standard time?) and stamp in the mapping, or the cluster's longitude"
            )
    return None


_LOOKS = {
    "relative_humidity": _humidity,
    "vapour_pressure": _vapour_pressure,
    "dew_point_temperature": _dew_point,
    "wind_speed": _wind,
    "maximum_air_temperature": _order,
    "shortwave_radiation": _radiation,
}
