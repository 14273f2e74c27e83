"""The simulation's soil with parameters that are searched for, under the forcing of a real network.

Seven parameters are searched for in each series, in the bounds of :data:`PARAMETERS`: those that shape how fast the
moisture rises and falls. Its level and amplitude are not among them. They depend on porosity, residual water, stones
and the probe's calibration together, which readings of one depth cannot tell apart: the line of
:mod:`thetamix.forecasters.process.readings` stands for all four, and the porosity of the column is that of a loam.
"""

from dataclasses import dataclass

import numpy as np

from thetamix.simulation.column import CENTRES, LAYER_EDGES, LAYERS, THICKNESS, Profiles, field_capacity
from thetamix.simulation.richards import advance, prepare

POROSITY = 0.45  # [m3 m-3] Clapp & Hornberger (1978), table 2: loam
SHALLOWEST_BYPASS = 2  # the first layer in which macropores end; all below get equal shares


@dataclass(frozen=True)
class Parameter:
    """A parameter that is searched for.

    Attributes
    ----------
    name
        What it is.
    low, high
        Bounds.
    logarithmic
        Whether the search takes equal ratios for equal steps.
    """

    name: str
    low: float
    high: float
    logarithmic: bool


#: Bounds of retention and conductivity hold the means of Clapp & Hornberger's texture classes and about one sd more.
PARAMETERS = (
    Parameter("conductivity", 0.3, 300.0, logarithmic=True),  # [mm h-1] saturated
    Parameter("suction", 0.03, 1.0, logarithmic=True),  # [m] at air entry
    Parameter("exponent", 2.5, 12.0, logarithmic=True),  # [1] Campbell's b
    Parameter("bottom", 0.003, 1.0, logarithmic=True),  # [1] conductivity below 1 m over that above
    Parameter("rooting", 0.05, 0.8, logarithmic=True),  # [m] depth over which roots fall to 1/e
    Parameter("demand", 0.3, 1.8, logarithmic=True),  # [1] evapotranspiration over that of the forcing
    Parameter("bypass", 0.0, 0.8, logarithmic=False),  # [1] share of the input that macropores take at most
)


@dataclass(frozen=True)
class Records:
    """The forcing in pieces of time, each of which gives one mean moisture.

    Attributes
    ----------
    supply, demand
        Water that enters, and what the air would take (record, cluster) [mm h-1].
    length
        Of each record (record) [h].
    parts
        In how many steps it is taken (record).
    skip
        Records at the start that give no moisture.
    """

    supply: np.ndarray
    demand: np.ndarray
    length: np.ndarray
    parts: np.ndarray
    skip: int


def from_unit(positions: np.ndarray) -> np.ndarray:
    """Return the parameters at positions in their bounds.

    Parameters
    ----------
    positions
        From 0 to 1 (..., parameter).

    Returns
    -------
    numpy.ndarray
        Values of :data:`PARAMETERS` (..., parameter).

    Examples
    --------
    >>> from_unit(np.full(7, 0.5)).round(3)
    array([9.487, 0.173, 5.477, 0.055, 0.2  , 0.735, 0.4  ])
    """
    columns = [
        p.low * (p.high / p.low) ** positions[..., i]
        if p.logarithmic
        else p.low + (p.high - p.low) * positions[..., i]
        for i, p in enumerate(PARAMETERS)
    ]
    return np.stack(columns, axis=-1)


def make_profiles(parameters: np.ndarray) -> Profiles:
    """Build soil columns.

    Parameters
    ----------
    parameters
        From :func:`from_unit` (profile, parameter).

    Returns
    -------
    Profiles
        Parameters of the simulation's soil (layer, profile).
    """
    value = dict(zip((p.name for p in PARAMETERS), parameters.T, strict=True))
    every = np.ones((LAYERS, len(parameters)))
    below = np.exp(-LAYER_EDGES[:, None] / value["rooting"])
    ends = np.where(np.arange(LAYERS) < SHALLOWEST_BYPASS, 0.0, 1 / (LAYERS - SHALLOWEST_BYPASS))
    return Profiles(
        porosity=POROSITY * every,
        conductivity=value["conductivity"] * every,
        suction=value["suction"],
        exponent=value["exponent"],
        bottom=value["bottom"],
        roots=-np.diff(below, axis=0) / (1 - below[-1]),
        bypass=value["bypass"],
        bypass_to=ends[:, None] * every,
        catch=every[0],
    )


def follow(parameters: np.ndarray, site: np.ndarray, depth: np.ndarray, records: Records) -> np.ndarray:
    """Follow soil columns through the records.

    Parameters
    ----------
    parameters
        From :func:`from_unit` (profile, parameter).
    site
        Whose forcing each gets (profile).
    depth
        Where its moisture is wanted (profile) [m]: between the centres of two layers in proportion, above the first
        and below the last that layer's.
    records
        The forcing.

    Returns
    -------
    numpy.ndarray
        Mean moisture over each record (record, profile) [m3 m-3].
    """
    profiles = make_profiles(parameters)
    soil = prepare(profiles)
    water = field_capacity(profiles)
    weight = layer_weights(depth) / (THICKNESS[:, None] * 1e3)
    factor = parameters[:, [p.name for p in PARAMETERS].index("demand")]
    wet = np.any(records.supply > 0, axis=1)
    moisture = np.empty((len(records.length) - records.skip, len(parameters)))
    before = np.einsum("lp,lp->p", weight, water)
    for now, parts in enumerate(records.parts.tolist()):
        falling = records.supply[now][site] if wet[now] else None
        drying = records.demand[now][site] * factor
        total = np.zeros_like(before)
        for _ in range(parts):
            advance(soil, water, falling, drying, float(records.length[now]) / parts)
            after = np.einsum("lp,lp->p", weight, water)
            total += before + after  # the mean of a step is that of its ends
            before = after
        if now >= records.skip:
            moisture[now - records.skip] = total / (2 * parts)
    return moisture


def layer_weights(depth: np.ndarray) -> np.ndarray:
    """Return how the moisture at a depth follows from that of the layers.

    Parameters
    ----------
    depth
        (profile) [m].

    Returns
    -------
    numpy.ndarray
        Weights (layer, profile) [1]; they sum to 1.
    """
    return np.stack([np.interp(depth, CENTRES, unit) for unit in np.eye(LAYERS)])
