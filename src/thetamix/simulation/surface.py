"""Between the weather and the soil: snow, canopy, and what is left for the soil to give.

Snow by degree days (Hock 2003, doi:10.1016/S0022-1694(03)00257-9), interception by a bucket that evaporates at the
potential rate, demand by crop coefficients (FAO-56, table 12) between winter and summer.
"""

from dataclasses import dataclass

import numpy as np

SNOW_TEMPERATURES = (-0.5, 1.5)  # [degC] all snow below, all rain above (Auer 1974)
MELT = 3.0 / 24  # [mm h-1 K-1] Hock (2003), table 1, forests and open land of low elevation


@dataclass(frozen=True)
class Cover:
    """A land cover.

    Attributes
    ----------
    canopy
        Water that stays on leaves [mm] (Breuer et al. 2003, doi:10.1016/S0304-3800(03)00207-8).
    coefficient
        Evapotranspiration over that of reference grass, in winter and in summer [1] (FAO-56, table 12).
    roots
        Jackson et al.'s (1996, doi:10.1007/BF00333714) beta: the share of roots below a depth d [cm] is beta**d.
    catch_sd
        Sd of the logarithm of what reaches a spot of the ground: drip points, microtopography
        (Keim et al. 2005, J. Hydrol. 302).
    macropores
        How often profiles have connected macropores, against the geology's mean [1]: roots and animals make them,
        tillage cuts them (Demand et al. 2019, doi:10.5194/hess-23-4869-2019: most bypass in forests).
    """

    canopy: float
    coefficient: tuple[float, float]
    roots: float
    catch_sd: float
    macropores: float


COVERS = {
    "forest": Cover(canopy=1.8, coefficient=(0.6, 1.05), roots=0.966, catch_sd=0.20, macropores=1.3),
    "pasture": Cover(canopy=0.5, coefficient=(0.85, 0.95), roots=0.943, catch_sd=0.08, macropores=1.0),
    "cropland": Cover(canopy=0.7, coefficient=(0.5, 1.1), roots=0.961, catch_sd=0.08, macropores=0.6),
    "mixed": Cover(canopy=1.0, coefficient=(0.65, 1.03), roots=0.957, catch_sd=0.10, macropores=1.0),
}


@dataclass(frozen=True)
class Ground:
    """What reaches the soil.

    Attributes
    ----------
    supply
        Throughfall and melt (time, site) [mm h-1].
    demand
        What the air would still take from the soil (time, site) [mm h-1].
    evaporated
        From the canopy (time, site) [mm h-1].
    stored
        Snow and water on leaves at the end (site) [mm].
    """

    supply: np.ndarray
    demand: np.ndarray
    evaporated: np.ndarray
    stored: np.ndarray


def pass_surface(
    precipitation: np.ndarray,
    temperature: np.ndarray,
    evapotranspiration: np.ndarray,
    canopy: np.ndarray,
    step: float = 1.0,
) -> Ground:
    """Lead precipitation through canopy and snow.

    Parameters
    ----------
    precipitation
        (time, site) [mm h-1].
    temperature
        Of the air (time, site) [degC].
    evapotranspiration
        Potential, of this land cover (time, site) [mm h-1].
    canopy
        Water that stays on leaves (site) [mm].
    step
        [h].

    Returns
    -------
    Ground
        ``precipitation = supply + evaporated + change of what is stored``, summed.
    """
    low, high = SNOW_TEMPERATURES
    solid = precipitation * np.clip((high - temperature) / (high - low), 0, 1) * step
    liquid = precipitation * step - solid
    melting = np.maximum(temperature, 0) * MELT * step
    potential = evapotranspiration * step
    supply = np.zeros_like(liquid)
    evaporated = np.zeros_like(liquid)
    demand = potential.copy()
    leaves = np.zeros_like(canopy)
    snow = np.zeros_like(canopy)
    falling = np.any(liquid > 0, axis=1)
    snowing = np.any(solid > 0, axis=1)
    for now in range(len(liquid)):
        if falling[now]:
            leaves += liquid[now]
            np.maximum(leaves - canopy, 0, out=supply[now])
            leaves -= supply[now]
        if leaves.any():
            np.minimum(leaves, potential[now], out=evaporated[now])
            leaves -= evaporated[now]
            demand[now] -= evaporated[now]
        if snowing[now]:
            snow += solid[now]
        if snow.any():
            melt = np.minimum(snow, melting[now])
            snow -= melt
            supply[now] += melt
            demand[now][snow > 0] = 0.0  # snow covers the soil
    return Ground(supply / step, demand / step, evaporated / step, leaves + snow)


def land_demand(evapotranspiration: np.ndarray, summer: np.ndarray, covers: list[str]) -> np.ndarray:
    """Convert reference evapotranspiration into that of land covers.

    Parameters
    ----------
    evapotranspiration
        Of reference grass (time, site) [mm h-1].
    summer
        How much of summer there is (time) [1].
    covers
        Names of :data:`COVERS` (site).

    Returns
    -------
    numpy.ndarray
        (time, site) [mm h-1].
    """
    winter_value, summer_value = np.array([COVERS[name].coefficient for name in covers]).T
    demand: np.ndarray = evapotranspiration * (winter_value + (summer_value - winter_value) * summer[:, None])
    return demand
