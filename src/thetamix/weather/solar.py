"""What the sun sends: radiation at the top of the atmosphere and under a clear sky, for any place, time and step.

The formulas are those of FAO-56 (Allen et al. 1998, FAO Irrigation and Drainage Paper 56, equations 21-37) and of
ASCE-EWRI (2005), which are the same. Times are UTC; the sun's own clock follows from the longitude.
"""

import numpy as np
import pandas as pd

SOLAR_CONSTANT = 0.0820  # [MJ m-2 min-1] FAO-56
#: Radiation that is blank is none where the sun sends so little of what it sends at most: loggers cut off at dawn.
DIM = 0.05
MINUTES = 24 * 60  # in a day
DAY = np.timedelta64(86_400 * 10**9, "ns")  # not one day: half of that would be none


def extraterrestrial_radiation(
    latitude: np.ndarray, longitude: np.ndarray, midpoint: np.ndarray, step: np.timedelta64
) -> np.ndarray:
    """Solar radiation on a horizontal surface above the atmosphere during each time step.

    Parameters
    ----------
    latitude, longitude
        Any shapes that broadcast [degrees]; longitudes are positive to the east, -180 to 180 or 0 to 360.
    midpoint
        Middle of each interval, UTC, ``datetime64``; broadcasts: ``(time)`` with places ``(cluster, 1)``.
    step
        Length of an interval, at most a day or whole days.

    Returns
    -------
    numpy.ndarray
        Radiation during the step [MJ m-2]; 0 at night. Divide by the step in seconds for MW m-2.

    References
    ----------
    FAO-56, equations 21 (a day) and 28-33 (shorter), integrated over the part of the step with the sun above the
    horizon, so that steps that hold sunrise or sunset are exact, and steps of a day give the daily formula.

    Examples
    --------
    Example 19 of FAO-56: N'Diaye (Senegal), 1 October, 14:00 to 15:00 in the zone centred at 15 degrees west.

    >>> middle = np.array(["1995-10-01T15:30"], dtype="datetime64[s]")
    >>> extraterrestrial_radiation(np.array(16.2167), np.array(-16.25), middle, np.timedelta64(1, "h")).round(2)
    array([3.54])
    """
    whole = max(int(step // DAY), 1)
    if step > DAY and step % DAY:
        raise ValueError(f"a step of {step} is neither a day or shorter, nor whole days")
    day, angle = solar_time(longitude, midpoint)
    distance, declination = _orbit(day)
    if step >= DAY:
        return daily_extraterrestrial_radiation(latitude, day) * whole
    phi = np.radians(latitude)
    sunset = _sunset(phi, declination)
    half = np.pi * float(step / DAY)
    fixed, moving = np.sin(phi) * np.sin(declination), np.cos(phi) * np.cos(declination)
    total = np.zeros(np.broadcast_shapes(np.shape(phi), np.shape(angle)))
    # A step may reach into the daylight of the day before or after.
    for turn in (-2 * np.pi, 0.0, 2 * np.pi):
        begin = np.clip(angle - half, turn - sunset, turn + sunset)
        end = np.clip(angle + half, turn - sunset, turn + sunset)
        total += fixed * (end - begin) + moving * (np.sin(end) - np.sin(begin))
    radiation: np.ndarray = np.maximum(MINUTES / (2 * np.pi) * SOLAR_CONSTANT * distance * total, 0)
    return radiation


def is_dark(above: np.ndarray) -> np.ndarray:
    """Mark intervals (time) in which the sun is down, or hardly up: by radiation `above` the atmosphere, any unit."""
    dark: np.ndarray = above <= DIM * above.max(initial=0)
    return dark


def daily_extraterrestrial_radiation(latitude: np.ndarray, day_of_year: np.ndarray) -> np.ndarray:
    """Solar radiation on a horizontal surface above the atmosphere, daily sum: FAO-56 equation 21.

    Parameters
    ----------
    latitude
        Any shape that broadcasts [degrees_north].
    day_of_year
        Any shape that broadcasts, 1 to 366.

    Returns
    -------
    numpy.ndarray
        Radiation [MJ m-2 d-1]; 0 in the polar night.

    Examples
    --------
    Example 8 of FAO-56: 3 September at 20 degrees south.

    >>> daily_extraterrestrial_radiation(np.array(-20.0), np.array(246)).round(1)
    np.float64(32.2)
    """
    phi = np.radians(latitude)
    distance, declination = _orbit(day_of_year)
    sunset = _sunset(phi, declination)
    height = sunset * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.sin(sunset)
    radiation: np.ndarray = np.maximum(MINUTES / np.pi * SOLAR_CONSTANT * distance * height, 0)
    return radiation


def clear_sky_radiation(extraterrestrial: np.ndarray, elevation: np.ndarray | float) -> np.ndarray:
    """Solar radiation at the surface under a clear sky: FAO-56 equation 37.

    Parameters
    ----------
    extraterrestrial
        Radiation above the atmosphere, any shape and unit.
    elevation
        Of the place, broadcasts [m].

    Returns
    -------
    numpy.ndarray
        (0.75 + 2e-5 z) Ra, in the unit of `extraterrestrial`.

    Examples
    --------
    >>> clear_sky_radiation(np.array(40.0), 1000.0)
    np.float64(30.8)
    """
    radiation: np.ndarray = (0.75 + 2e-5 * np.asarray(elevation)) * np.asarray(extraterrestrial)
    return radiation


def sun_height(latitude: np.ndarray, longitude: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Height of the sun above the horizon at a moment: FAO-56, chapter 4 (sin φ sin δ + cos φ cos δ cos ω).

    Parameters
    ----------
    latitude, longitude
        Any shapes that broadcast [degrees].
    time
        UTC, ``datetime64``, broadcasts.

    Returns
    -------
    numpy.ndarray
        Angle [rad]; negative at night.

    Examples
    --------
    Noon of the equinox on the equator at Greenwich, 7 minutes before the sun is highest.

    >>> noon = np.array("2021-03-20T12:00", dtype="datetime64[s]")
    >>> float(np.degrees(sun_height(np.array(0.0), np.array(0.0), noon)).round(0))
    88.0
    """
    day, angle = solar_time(longitude, time)
    _, declination = _orbit(day)
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(angle)
    height: np.ndarray = np.arcsin(np.clip(sine, -1, 1))
    return height


def solar_time(longitude: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Day of the year and angle of the sun on the sun's own clock: FAO-56 equations 31-33.

    Parameters
    ----------
    longitude
        [degrees], positive to the east.
    time
        UTC, ``datetime64``, broadcasts.

    Returns
    -------
    day : numpy.ndarray
        Day of the year of the mean solar time, 1 to 366.
    angle : numpy.ndarray
        Solar time angle [rad], 0 when the sun is highest, -pi to pi.

    Examples
    --------
    >>> day, angle = solar_time(np.array(90.0), np.array("2021-06-30T20:00", dtype="datetime64[s]"))
    >>> int(day), float((angle * 12 / np.pi + 12).round(1))
    (182, 1.9)
    """
    east = (np.asarray(longitude, dtype=np.float64) + 180) % 360 - 180
    ahead = (east / 360 * 86_400e9).round().astype("timedelta64[ns]")
    local = np.asarray(time).astype("datetime64[ns]") + ahead
    date = local.astype("datetime64[D]")
    day = np.asarray(pd.DatetimeIndex(date.ravel()).day_of_year).reshape(date.shape)
    phase = 2 * np.pi * (day - 81) / 364
    # Equation of time [h].
    correction = 0.1645 * np.sin(2 * phase) - 0.1255 * np.cos(phase) - 0.025 * np.sin(phase)
    turn = (local - date.astype("datetime64[ns]")) / DAY - 0.5
    angle: np.ndarray = 2 * np.pi * (turn + correction / 24)
    return day, (angle + np.pi) % (2 * np.pi) - np.pi


def _orbit(day_of_year: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative distance to the sun (inverse, squared) and its declination [rad]: FAO-56 equations 23 and 24."""
    angle = 2 * np.pi * np.asarray(day_of_year) / 365
    return 1 + 0.033 * np.cos(angle), 0.409 * np.sin(angle - 1.39)


def _sunset(phi: np.ndarray, declination: np.ndarray) -> np.ndarray:
    """Sunset hour angle [rad]; beyond the polar circles the sun stays up (pi) or down (0) all day."""
    angle: np.ndarray = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1, 1))
    return angle
