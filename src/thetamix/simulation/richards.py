"""One step of water in layered soil: a mass-conserving, semi-implicit solution of Richards' equation.

Retention and conductivity are Campbell's (1974, doi:10.1097/00010694-197406000-00001) with the parameters of
Clapp & Hornberger (1978, doi:10.1029/WR014i004p00601)::

    suction = suction_s * S**-b          K = K_s * S**(2 b + 3)

Within a profile ``b`` and ``suction_s`` do not change with depth, so the flux between two layers has the Kirchhoff
form (Ross 2003, doi:10.2134/agronj2003.1352)::

    q = K_face * (suction_s b / (b + 3) * (S_upper**(b+3) - S_lower**(b+3)) / distance + S_upper**(2b+3))

The first term is capillarity (down or up), the second gravity, taken from above. Fluxes are linear in the
change of storage over the step (one Newton step of backward Euler): a tridiagonal system whose matrix is
column diagonally dominant, hence stable for any step. Storage changes by fluxes only: the balance closes to
rounding.

Rain enters up to the infiltration capacity (the same flux law from a saturated surface); the rest runs off.
Macropores carry water past the matrix (:mod:`.macropores`).

Evaporation and transpiration fall below their demand as FAO-56 has it (Allen et al. 1998, eqs. 74 and 84), with
compensation between layers (Jarvis 1989, J. Hydrol. 107).
"""

from dataclasses import dataclass

import numpy as np

from thetamix.simulation.column import (
    CENTRES,
    FIELD_CAPACITY_SUCTION,
    LAYERS,
    THICKNESS,
    WILTING_SUCTION,
    Profiles,
    capacity,
)
from thetamix.simulation.macropores import CONDUCTIVITY, POWER, bypassing, conduct

READILY_AVAILABLE = 0.5  # [1] share of available water taken without stress, FAO-56 table 22
COMPENSATION = 0.7  # [1] Jarvis' critical stress: above it, wet layers make up for dry ones
EVAPORATED_SHARE = 0.15  # [1] of the demand that falls on bare soil and litter (Shuttleworth & Wallace 1985)
DRIEST = 0.02  # [1] saturation below which nothing is taken; far below the wilting point of any texture


@dataclass(frozen=True)
class Exchange:
    """What crossed the borders of the soil in one step (profile) [mm].

    ``storage_after - storage_before = input - runoff - evaporation - transpiration - drainage`` to rounding.
    """

    input: np.ndarray
    runoff: np.ndarray
    evaporation: np.ndarray
    transpiration: np.ndarray
    drainage: np.ndarray


@dataclass(frozen=True)
class Soil:
    """Profiles with everything that does not change in time.

    Attributes
    ----------
    profiles
        Parameters (layer, profile).
    capacity
        Water when all pores are full (layer, profile) [mm].
    driest
        Water below which nothing is taken (layer, profile) [mm].
    kirchhoff, gravity_power
        Exponents of the matric flux potential and of conductivity (profile).
    capillary
        Flux for a difference of 1 in the scaled potential, through the faces between layers (layer - 1,
        profile) [mm h-1].
    gravity
        Saturated conductivity of the faces below the layers (layer, profile) [mm h-1].
    surface_capillary, surface_gravity
        The same for the soil surface (profile) [mm h-1].
    wilting, dry_air
        Saturation at which transpiration and evaporation end (profile) [1].
    per_stress, per_dry
        Inverse range of saturation over which they fall (profile) [1].
    macropores
        Conductivity of full macropores (profile) [mm h-1]; None where no profile has any.
    bypass_to
        Share of bypassing water that each layer gets, times the share that bypasses (layer, profile) [1].
    """

    profiles: Profiles
    capacity: np.ndarray
    driest: np.ndarray
    kirchhoff: np.ndarray
    gravity_power: np.ndarray
    capillary: np.ndarray
    gravity: np.ndarray
    surface_capillary: np.ndarray
    surface_gravity: np.ndarray
    wilting: np.ndarray
    dry_air: np.ndarray
    per_stress: np.ndarray
    per_dry: np.ndarray
    macropores: np.ndarray | None
    bypass_to: np.ndarray


def prepare(profiles: Profiles) -> Soil:
    """Compute once what does not change in time.

    Parameters
    ----------
    profiles
        Parameters (layer, profile).

    Returns
    -------
    Soil
        For :func:`advance`.
    """
    full = capacity(profiles)
    above, below = THICKNESS[:-1, None], THICKNESS[1:, None]
    # Resistances in series: the harmonic mean, weighted by the way through each layer.
    between = (above + below) / (above / profiles.conductivity[:-1] + below / profiles.conductivity[1:])
    bottom = profiles.conductivity[-1] * profiles.bottom
    scale = profiles.suction * profiles.exponent / (profiles.exponent + 3)
    wilting = profiles.saturation_at(WILTING_SUCTION)
    wet = profiles.saturation_at(FIELD_CAPACITY_SUCTION)
    dry_air = 0.5 * wilting  # FAO-56, eq. 73
    return Soil(
        profiles=profiles,
        capacity=full,
        driest=DRIEST * full,
        kirchhoff=profiles.exponent + 3,
        gravity_power=2 * profiles.exponent + 3,
        capillary=between * scale / np.diff(CENTRES)[:, None],
        gravity=np.concatenate([between, bottom[None]]),
        surface_capillary=profiles.conductivity[0] * scale / CENTRES[0],
        surface_gravity=profiles.conductivity[0],
        wilting=wilting,
        dry_air=dry_air,
        per_stress=1 / (READILY_AVAILABLE * (wet - wilting)),
        per_dry=1 / (wet - dry_air),
        macropores=profiles.bypass * CONDUCTIVITY if profiles.bypass.any() else None,
        bypass_to=profiles.bypass_to * profiles.bypass,
    )


def advance(soil: Soil, water: np.ndarray, supply: np.ndarray | None, demand: np.ndarray, step: float) -> Exchange:
    """Advance the water by one step.

    Parameters
    ----------
    soil
        Prepared profiles.
    water
        Storage (layer, profile) [mm]; changed in place.
    supply
        Throughfall and melt (profile) [mm h-1]; None where there is none anywhere.
    demand
        What the air would take from the soil (profile) [mm h-1].
    step
        [h].
    """
    saturation = water / soil.capacity
    potential = saturation**soil.kirchhoff
    uptake, evaporation = _sinks(soil, saturation, demand)
    transpiration = uptake.sum(axis=0)
    source = np.negative(uptake, out=uptake)
    source[0] -= evaporation
    if supply is None:
        entering = runoff = np.zeros_like(demand)
    else:
        entering = supply * soil.profiles.catch
        runoff = _enter(soil, saturation[0], potential[0], entering, source)
    # S**(2b+3) without a second power
    relative = potential * potential
    relative /= saturation * saturation * saturation
    drainage = _redistribute(soil, water, saturation, potential, relative, source, step)
    runoff = runoff * step
    if (water > soil.capacity).any():
        runoff += _back_up(water, soil.capacity)
    if (drainage < 0).any() or (water < soil.driest).any():
        drainage = _refill(water, soil.driest, drainage)
    return Exchange(entering * step, runoff, evaporation * step, transpiration * step, drainage)


def _sinks(soil: Soil, saturation: np.ndarray, demand: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return root uptake (layer, profile) and evaporation (profile) [mm h-1]."""
    uptake = saturation - soil.wilting
    uptake *= soil.per_stress
    np.minimum(np.maximum(uptake, 0, out=uptake), 1, out=uptake)
    uptake *= soil.profiles.roots
    uptake *= demand * (1 - EVAPORATED_SHARE) / np.maximum(uptake.sum(axis=0), COMPENSATION)
    evaporation = np.minimum(np.maximum((saturation[0] - soil.dry_air) * soil.per_dry, 0), 1)
    evaporation *= demand * EVAPORATED_SHARE
    return uptake, evaporation


def _enter(
    soil: Soil, saturation: np.ndarray, potential: np.ndarray, entering: np.ndarray, source: np.ndarray
) -> np.ndarray:
    """Add infiltration and bypass to the layers' source; return what does not enter (profile) [mm h-1]."""
    available = (saturation - soil.wilting) * soil.per_stress * READILY_AVAILABLE
    bypass = bypassing(entering, saturation, available)
    source += soil.bypass_to * bypass
    matrix = entering - soil.profiles.bypass * bypass
    ability = soil.surface_gravity + soil.surface_capillary * (1 - potential)
    infiltration = np.minimum(matrix, ability)
    source[0] += infiltration
    excess: np.ndarray = matrix - infiltration
    return excess


def _redistribute(
    soil: Soil,
    water: np.ndarray,
    saturation: np.ndarray,
    potential: np.ndarray,
    relative: np.ndarray,
    source: np.ndarray,
    step: float,
) -> np.ndarray:
    """Move water between layers, in place; return the drainage (profile) [mm]."""
    # Fluxes down through the face below each layer [mm h-1] and their derivatives [h-1]
    flux = soil.gravity * relative
    by_upper = flux * soil.gravity_power
    if soil.macropores is not None:
        fast = conduct(saturation, soil.macropores)
        flux += fast
        by_upper += POWER * fast
    flux[:-1] += soil.capillary * (potential[:-1] - potential[1:])
    slope = soil.kirchhoff * potential
    by_upper[:-1] += soil.capillary * slope[:-1]
    by_upper /= water
    by_lower = soil.capillary * slope[1:]
    by_lower /= water[1:]

    diagonal = by_upper + 1 / step
    diagonal[1:] += by_lower
    change = source - flux
    change[1:] += flux[:-1]
    for row in range(1, LAYERS):
        factor = by_upper[row - 1] / diagonal[row - 1]
        diagonal[row] -= factor * by_lower[row - 1]
        change[row] += factor * change[row - 1]
    change[-1] /= diagonal[-1]
    for row in range(LAYERS - 2, -1, -1):
        change[row] += by_lower[row] * change[row + 1]
        change[row] /= diagonal[row]
    water += change
    drainage: np.ndarray = (flux[-1] + by_upper[-1] * change[-1]) * step
    return drainage


def _back_up(water: np.ndarray, full: np.ndarray) -> np.ndarray:
    """Push what does not fit upwards; return what leaves at the surface (profile) [mm]."""
    for row in range(LAYERS - 1, 0, -1):
        excess = np.maximum(water[row] - full[row], 0)
        water[row] -= excess
        water[row - 1] += excess
    leaving: np.ndarray = np.maximum(water[0] - full[0], 0)
    water[0] -= leaving
    return leaving


def _refill(water: np.ndarray, driest: np.ndarray, drainage: np.ndarray) -> np.ndarray:
    """Withdraw what linearisation overdrew from below, at last from the drainage; return the drainage [mm]."""
    water[-1] += np.minimum(drainage, 0)
    drainage = np.maximum(drainage, 0)
    for row in range(LAYERS - 1):
        lack = np.maximum(driest[row] - water[row], 0)
        water[row] += lack
        water[row + 1] -= lack
    lack = np.maximum(driest[-1] - water[-1], 0)
    water[-1] += lack
    left: np.ndarray = drainage - lack
    return left
