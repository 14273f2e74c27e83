"""Flow past the soil matrix: when macropores take water at the surface, and what they conduct in wet soil.

Macropores act twice (Beven & Germann 1982, doi:10.1029/WR018i005p01311). In rain they carry a share of the input past
the matrix into deeper layers, where intensity exceeds a threshold while the top is near saturation (Zehe & Flühler
2001, J. Hydrol. 247) or so dry that it repels water, and in cloudbursts on any soil (Demand et al. 2019,
doi:10.5194/hess-23-4869-2019, at the Attert's own clusters: bypass grows with intensity and is most frequent on dry
soil in summer and early autumn). And where a layer is nearly saturated they conduct, which a matrix' K_s leaves out:
the steep end of a bimodal conductivity curve (Durner 1994, doi:10.1029/93WR02676). Soil with connected macropores
sheds the water of a wet winter on which soil without them becomes waterlogged. The numbers are our choice.
"""

import numpy as np

# Bypass begins, is full. An hour's mean of 1.5 mm hides intensities several times as high.
INTENSITY = (0.3, 1.5)  # [mm h-1] on wet or dry soil
WETNESS = (0.85, 1.0)  # [1] saturation of the top layer where it is wet
DRYNESS = (0.4, 0.9)  # [1] available water of the top layer where it is dry: full, ends
CLOUDBURST = (2.0, 8.0)  # [mm h-1] on any soil
#: Of full macropores where they may take all input [mm h-1]; of the order of field-saturated values.
CONDUCTIVITY = 100.0
#: Of the saturation: a thousandth of the conductivity is left at S = 0.81, so that structured soil comes to rest with
#: an air capacity of somewhat less than a tenth of its volume.
POWER = 32


def bypassing(entering: np.ndarray, saturation: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Return how much of the water at the surface seeks macropores.

    Parameters
    ----------
    entering
        Throughfall and melt at this spot (profile) [mm h-1].
    saturation
        Of the top layer (profile) [1].
    available
        Its water between wilting point and field capacity, as a share (profile) [1].

    Returns
    -------
    numpy.ndarray
        (profile) [mm h-1]; a profile's macropores take their share of it.
    """
    state = np.maximum(1 - _ramp(available, DRYNESS), _ramp(saturation, WETNESS))
    active = np.maximum(_ramp(entering, INTENSITY) * state, _ramp(entering, CLOUDBURST))
    sought: np.ndarray = entering * active
    return sought


def conduct(saturation: np.ndarray, conductivity: np.ndarray) -> np.ndarray:
    """Compute what macropores conduct downwards: ``conductivity * saturation**POWER``.

    Parameters
    ----------
    saturation
        (layer, profile) [1].
    conductivity
        Of full macropores (profile) [mm h-1].

    Returns
    -------
    numpy.ndarray
        (layer, profile) [mm h-1].
    """
    flux = saturation
    for _ in range(POWER.bit_length() - 1):  # squaring is much faster than a power
        flux = flux * flux
    flux *= conductivity
    return flux


def _ramp(values: np.ndarray, between: tuple[float, float]) -> np.ndarray:
    low, high = between
    rising: np.ndarray = np.minimum(np.maximum((values - low) * (1 / (high - low)), 0), 1)
    return rising
