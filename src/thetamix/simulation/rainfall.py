"""Hourly rain over a small catchment: a Neyman-Scott process of rectangular pulses with discs in space.

Storms begin in a Poisson process. Each brings a Poisson number of rain cells, which begin an exponential time after
the storm's origin, last an exponential time and rain at a constant gamma-distributed intensity on a disc around
a random centre (Rodriguez-Iturbe, Cox & Isham 1987, doi:10.1098/rspa.1987.0039; in space: Cowpertwait 1995,
Proc. R. Soc. Lond. A 450). At a point it is again a Neyman-Scott process, so mean and variance of the hourly
depth have a closed form (:func:`point_moments`).

Winter rain is frontal: long, wide, weak cells; summer rain convective: short, small, strong ones. A slow weather
regime multiplies the rate of storms (a Cox process): dry and wet spells of weeks, dry and wet years.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from thetamix.simulation.seeds import Stream, stream

HOURS_PER_YEAR = 8766.0
#: Half the width of the square that holds the catchment [km]: about that of the Attert, 245-300 km2.
CATCHMENT_HALF_WIDTH = 10.0
#: Day of the year in the middle of summer.
MIDSUMMER = 200.0


@dataclass(frozen=True)
class Storms:
    """Parameters of the process in one season, seen from a point on the ground.

    Attributes
    ----------
    rate
        Storms [h-1].
    cells
        Mean number of cells of a storm that reach a point [1].
    delay
        Mean time from the storm's origin to a cell's start [h].
    duration
        Mean duration of a cell [h].
    intensity
        Mean intensity of a cell [mm h-1].
    shape
        Shape of the gamma distribution of intensity [1]; below 1 the tail is heavier than exponential.
    radius
        Of a cell [km].
    """

    rate: float
    cells: float
    delay: float
    duration: float
    intensity: float
    shape: float
    radius: float


# Orders of magnitude as fitted to hourly gauges in Belgium and England (Verhoest et al. 1997,
# J. Hydrol. 198; Cowpertwait et al. 1996, J. Hydrol. 175), the mean set to the
# Attert's 850 mm a-1 (Pfister et al. 2017, doi:10.1002/hyp.11134), slightly more in winter.
WINTER = Storms(rate=0.0125, cells=5.0, delay=9.0, duration=2.6, intensity=0.66, shape=0.9, radius=30.0)
SUMMER = Storms(rate=0.0110, cells=3.2, delay=6.0, duration=1.1, intensity=2.20, shape=0.7, radius=9.0)

#: The regime: sd of its logarithm [1] and time after which half of it is forgotten [h] (about three weeks).
REGIME_SD = 0.5
REGIME_HALF_LIFE = 24.0 * 21


def point_moments(storms: Storms, hours: float = 1.0) -> tuple[float, float]:
    """Compute mean and variance of the rain depth at a point.

    Parameters
    ----------
    storms
        One season's parameters; no regime.
    hours
        Over which rain is summed [h].

    Returns
    -------
    mean, variance : float
        [mm] and [mm2].

    Examples
    --------
    >>> mean, variance = point_moments(WINTER)
    >>> round(mean * 8766)
    940
    """
    eta, beta = 1 / storms.duration, 1 / storms.delay
    mean = storms.rate * storms.cells * storms.intensity / eta * hours
    square = storms.intensity**2 * (1 + 1 / storms.shape)
    own = eta * hours - 1 + np.exp(-eta * hours)
    other = beta * hours - 1 + np.exp(-beta * hours)
    pairs = storms.cells**2 * storms.intensity**2  # E[C (C - 1)] of a Poisson number
    variance = storms.rate / eta**3 * own * (2 * storms.cells * square + pairs * beta**2 / (beta**2 - eta**2))
    variance -= storms.rate * other * pairs / (beta * (beta**2 - eta**2))
    return float(mean), float(variance)


def season(day_of_year: np.ndarray) -> np.ndarray:
    """Return how much of summer there is.

    Parameters
    ----------
    day_of_year
        [d], any shape.

    Returns
    -------
    numpy.ndarray
        0 in midwinter to 1 in midsummer.
    """
    summer: np.ndarray = 0.5 + 0.5 * np.cos(2 * np.pi * (day_of_year - MIDSUMMER) / 365.25)
    return summer


def blend(summer: np.ndarray) -> dict[str, np.ndarray]:
    """Interpolate the storms' parameters between winter and summer, geometrically.

    Parameters
    ----------
    summer
        How much of summer there is [1], any shape.

    Returns
    -------
    dict
        By name of :class:`Storms`, each of the same shape.
    """
    return {
        name: getattr(WINTER, name) ** (1 - summer) * getattr(SUMMER, name) ** summer
        for name in Storms.__dataclass_fields__
    }


def rain(
    seed: int, hours: int, first_day: float, places: np.ndarray, regime: np.ndarray, realisation: int = 0
) -> np.ndarray:
    """Draw the rain at some places.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    hours
        How many.
    first_day
        Day of the year at the start [d].
    places
        East and north of the catchment's centre (place, 2) [km], within :data:`CATCHMENT_HALF_WIDTH`.
    regime
        Standard normal, slow (time) [1].
    realisation
        Other storms from the same regime.

    Returns
    -------
    numpy.ndarray
        Rain (time, place) [mm h-1].
    """
    at, summer = _storm_origins(seed, hours, first_day, regime, realisation)
    parameters = blend(summer)
    # Cells fall on a square that holds every disc which could touch the catchment: a place inside is hit with
    # probability disc / square, whichever place it is.
    width = 2 * (CATCHMENT_HALF_WIDTH + parameters["radius"])
    hit = np.pi * parameters["radius"] ** 2 / width**2
    depth = np.zeros((hours + 1, len(places)))
    numbers = stream(seed, Stream.STORMS, 1, realisation).poisson(parameters["cells"] / hit)
    owner = np.repeat(np.arange(at.size), numbers)
    uniform = stream(seed, Stream.STORMS, 2, realisation).random((owner.size, 2))
    exponential = stream(seed, Stream.STORMS, 3, realisation).standard_exponential((owner.size, 2))
    intensity = parameters["intensity"][owner] * _gamma(seed, parameters["shape"][owner], realisation)
    centre = (uniform - 0.5) * width[owner, None]
    begin = at[owner] + exponential[:, 0] * parameters["delay"][owner]
    length = exponential[:, 1] * parameters["duration"][owner]
    for number, place in enumerate(places):
        reached = ((centre - place) ** 2).sum(axis=1) <= parameters["radius"][owner] ** 2
        depth[:, number] = _accumulate(begin[reached], length[reached], intensity[reached], hours)
    return depth[:hours]


def _storm_origins(
    seed: int, hours: int, first_day: float, regime: np.ndarray, realisation: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw when storms begin [h] and in how much summer, by thinning a faster Poisson process."""
    fastest = max(WINTER.rate, SUMMER.rate) * np.exp(3.0 * REGIME_SD)
    expected = fastest * hours
    waits = stream(seed, Stream.STORMS, 0, realisation).standard_exponential(
        int(expected + 8 * np.sqrt(expected) + 50)
    )
    at = np.cumsum(waits) / fastest
    keep = stream(seed, Stream.STORMS, 4, realisation).random(at.size)
    inside = at < hours
    at, keep = at[inside], keep[inside]
    summer = season(first_day + at / 24)
    # The factor's mean is 1, so the regime does not change the climate.
    factor = np.exp(REGIME_SD * regime[at.astype(int)] - REGIME_SD**2 / 2)
    kept = keep * fastest < blend(summer)["rate"] * factor
    return at[kept], summer[kept]


def _gamma(seed: int, shape: np.ndarray, realisation: int) -> np.ndarray:
    """Draw gamma variates of mean 1 by inversion: one uniform each, so that streams stay aligned."""
    variates: np.ndarray = gammaincinv(shape, stream(seed, Stream.STORMS, 5, realisation).random(shape.size)) / shape
    return variates


def _accumulate(begin: np.ndarray, length: np.ndarray, intensity: np.ndarray, hours: int) -> np.ndarray:
    """Sum rectangular pulses to hourly depths, exactly: differences of the accumulated depth."""
    # Depth until t is the sum of intensity * clip(t - begin, 0, length): piecewise linear in t with kinks at the
    # ends of pulses. On a grid of hours: second differences at the hours on both sides of each kink.
    bends = np.zeros(hours + 2)
    for kink, slope in ((begin, intensity), (begin + length, -intensity)):
        inside = kink < hours
        whole = kink[inside].astype(int)
        part = kink[inside] - whole
        np.add.at(bends, whole, slope[inside] * (1 - part))
        np.add.at(bends, whole + 1, slope[inside] * part)
    depth = np.cumsum(bends)[: hours + 1]
    return np.maximum(depth, 0.0) * (depth > 1e-9)
