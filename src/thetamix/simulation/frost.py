"""What frost leaves of the water that a sensor can see: soil temperature with freezing, from air temperature.

Heat is conducted through layers; water that freezes gives off its latent heat and holds the layer at 0 degC until
none is left, so that a night's frost does not reach 10 cm and a cold week does. Dielectric sensors hardly see ice:
their readings follow the liquid water (the ISMN's flag D01; Dorigo et al. 2013, doi:10.2136/vzj2012.0097).
"""

import numpy as np
from scipy.linalg import expm

HEAT_CAPACITY = 2.5e6  # [J m-3 K-1] moist mineral soil
DIFFUSIVITY = 0.5e-6 * 3600  # [m2 h-1] the same: daily waves fall to 1/e in 12 cm, annual ones in 2.2 m
#: Latent heat of what freezes, in kelvins of the soil: 334 MJ m-3 of water, 0.2 m3 m-3 of it.
LATENT = 334e6 * 0.2 / HEAT_CAPACITY  # [K]
UNFROZEN = 0.3  # [1] of the water: bound too tightly to freeze at the temperatures of a mild climate
#: Share of the air's frost that reaches the ground through snow, litter and grass; our choice.
FROST_SHARE = 0.7
LONGEST_STEP = 1.0  # [h]
FIRST_DAYS, MILDEST_START = (
    10,
    4.0,
)  # [d], [degC]: the soil begins at the mean of the first days, and unfrozen
#: Layers [m]: thin where days are felt, down to where years are not.
EDGES = np.array([0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.85, 1.1, 1.5, 2.0, 3.0, 5.0])
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


def freeze(air: np.ndarray, step_hours: float, depths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Conduct the heat of the air into the ground.

    Parameters
    ----------
    air
        Air temperature (cluster, time) [degC], without missing values.
    step_hours
        Length of a step [h].
    depths
        Where it is wanted (depth) [m].

    Returns
    -------
    temperature, liquid : numpy.ndarray
        Of the soil at the end of each step [degC], and the share of its water that is liquid [1] (cluster, depth,
        time), float32. Air is constant during a step; conduction is exact, freezing is split from it every hour.
    """
    surface = np.where(air < 0, FROST_SHARE * air, air)
    parts = max(1, round(step_hours / LONGEST_STEP))
    advance, heating = _propagator(step_hours / parts)
    first = max(1, round(FIRST_DAYS * 24 / step_hours))
    begin = np.maximum(air[:, :first].mean(axis=1), MILDEST_START)
    state = np.broadcast_to(begin, (CENTRES.size, begin.size)).copy()
    ice = np.zeros_like(state)  # as the latent heat that it gave off [K]
    weight = np.array([np.interp(depths, CENTRES, unit) for unit in np.eye(CENTRES.size)]).T
    temperature = np.empty((air.shape[1], depths.size, air.shape[0]), dtype=np.float32)
    liquid = np.empty_like(temperature)
    for now in range(air.shape[1]):
        for _ in range(parts):
            state = advance @ state + heating[:, None] * surface[:, now]
            if state.min() < 0 or ice.any():
                # Cold freezes what is liquid, warmth melts what is ice; the rest changes the temperature.
                change = np.clip(-state, -ice, LATENT - ice)
                state += change
                ice += change
        liquid[now] = 1 - (1 - UNFROZEN) / LATENT * (weight @ ice)
        temperature[now] = weight @ state
    return temperature.transpose(2, 1, 0), liquid.transpose(2, 1, 0)


def _propagator(step_hours: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact step of conduction between layers: new = advance @ old + heating * surface."""
    thickness = np.diff(EDGES)
    conductance = DIFFUSIVITY / np.diff(np.r_[0.0, CENTRES])  # from the surface, then between layers
    rate = np.zeros((CENTRES.size, CENTRES.size))
    for layer in range(CENTRES.size):
        rate[layer, layer] -= conductance[layer] / thickness[layer]
        if layer:
            rate[layer, layer - 1] += conductance[layer] / thickness[layer]
            rate[layer - 1, layer - 1] -= conductance[layer] / thickness[layer - 1]
            rate[layer - 1, layer] += conductance[layer] / thickness[layer - 1]
    advance: np.ndarray = expm(rate * step_hours)
    # Soil as warm as its surface stays so: what the old state does not give, the surface does.
    heating: np.ndarray = 1 - advance.sum(axis=1)
    return advance, heating
