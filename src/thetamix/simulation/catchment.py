"""What the soils give to the streams, and what a coarse model would make of the moisture.

Discharge: overland flow, interflow and groundwater each pass one linear reservoir (Nash 1957). The soils of a gauged
catchment are their own profiles, so that discharge does not depend on which clusters are simulated.

Reference: the same physics as a land-surface model runs it: one loam for all (the medium texture of H-TESSEL,
Balsamo et al. 2009, doi:10.1175/2008JHM1068.1), no bypass, rain that is smeared over its cell and over hours and
comes in part from storms that never were, and the layers of ERA5-Land (0-7, 7-28, 28-100 cm; Muñoz-Sabater et al.
2021, doi:10.5194/essd-13-4349-2021). Its bias is that of the wrong soil.
"""

import numpy as np
from scipy.signal import lfilter

from thetamix.simulation.column import LAYER_EDGES, LAYERS, Profiles
from thetamix.simulation.geology import TEXTURES, Geology
from thetamix.simulation.surface import COVERS

#: Percolation before the record: what the climate leaves over, 300 mm a-1.
MEAN_RECHARGE = 0.034  # [mm h-1]
REFERENCE_EDGES = np.array([0.0, 0.07, 0.28, 1.0])  # [m] ERA5-Land's layers down to the soil's end
REFERENCE_RAIN_HOURS = 3
#: How much of the coarse model's rain falls in storms that happened; the rest is right in the regime only. Our
#: choice: it correlates daily rain at about 0.8 (how well ERA5's rain does: Lavers et al. 2022, doi:10.1002/qj.4351).
REFERENCE_SKILL = 0.6
REFERENCE_POROSITY = 0.439  # [m3 m-3] H-TESSEL, medium


def reservoir(inflow: np.ndarray, residence: float, step: float, initial: float) -> np.ndarray:
    """Route water through a linear reservoir, exactly for inflow that is constant during a step.

    Parameters
    ----------
    inflow
        (time) [mm h-1].
    residence
        Mean residence time [h].
    step
        [h].
    initial
        Outflow at the start [mm h-1].

    Returns
    -------
    numpy.ndarray
        Mean outflow of each step (time) [mm h-1]: what came in less what is stored.
    """
    keep = float(np.exp(-step / residence))
    end, _ = lfilter([1 - keep], [1.0, -keep], inflow, zi=np.array([keep * initial]))
    begin = np.concatenate([[initial], end[:-1]])
    outflow: np.ndarray = inflow - residence * (end - begin) / step
    return outflow


def discharge(geology: Geology, runoff: np.ndarray, drainage: np.ndarray, step: float) -> np.ndarray:
    """Convert what leaves the soils of a catchment into discharge.

    Parameters
    ----------
    geology
        With area, share of interflow and residence times.
    runoff, drainage
        Means over the catchment (time) [mm h-1].
    step
        [h].

    Returns
    -------
    numpy.ndarray
        Mean of each step (time) [m3 s-1].
    """
    fast, middle, slow = geology.residence
    share = geology.interflow
    depth = reservoir(runoff, fast, step, 0.0)
    depth = depth + reservoir(share * drainage, middle, step, share * MEAN_RECHARGE)
    depth = depth + reservoir((1 - share) * drainage, slow, step, (1 - share) * MEAN_RECHARGE)
    cubic_metres: np.ndarray = depth * geology.area / 3.6  # 1 mm h-1 from 1 km2 is 1/3.6 m3 s-1
    return cubic_metres


def reference_profiles(count: int) -> Profiles:
    """Return the soil of the coarse model, the same in each cell."""
    loam, cover = TEXTURES["loam"], COVERS["mixed"]
    below = cover.roots ** (LAYER_EDGES * 100)
    roots = -np.diff(below) / (1 - below[-1])
    ones, column = np.ones(count), np.ones((LAYERS, count))
    return Profiles(
        porosity=REFERENCE_POROSITY * column,
        conductivity=loam.conductivity * column,
        suction=loam.suction * ones,
        exponent=loam.exponent * ones,
        bottom=ones,
        roots=roots[:, None] * column,
        bypass=0 * ones,
        bypass_to=column / LAYERS,
        catch=ones,
    )


def smear(rain: np.ndarray) -> np.ndarray:
    """Spread rain over hours as a coarse model does.

    Parameters
    ----------
    rain
        (time, cell) [mm h-1].

    Returns
    -------
    numpy.ndarray
        The same amount over the hour and those after it (time, cell) [mm h-1].
    """
    smeared = lfilter(np.full(REFERENCE_RAIN_HOURS, 1 / REFERENCE_RAIN_HOURS), [1.0], rain, axis=0)
    positive: np.ndarray = np.maximum(smeared, 0.0)  # the filter leaves rounding below zero
    return positive


def reference_moisture(moisture: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """Average soil layers to the coarse model's and take the one at each sensor depth in order.

    Parameters
    ----------
    moisture
        Of the soil's layers (time, layer, cell) [m3 m-3].
    depths
        Of the sensors (depth) [m].

    Returns
    -------
    numpy.ndarray
        (time, depth, cell) [m3 m-3]. As the paper has it, the first three depths get layers 1 to 3.
    """
    top = np.maximum(LAYER_EDGES[:-1], REFERENCE_EDGES[:-1, None])
    low = np.minimum(LAYER_EDGES[1:], REFERENCE_EDGES[1:, None])
    weight = np.maximum(low - top, 0)
    weight /= weight.sum(axis=1, keepdims=True)
    layers = np.minimum(np.arange(depths.size), len(weight) - 1)
    averaged: np.ndarray = np.einsum("dl,tlc->tdc", weight[layers], moisture)
    return averaged
