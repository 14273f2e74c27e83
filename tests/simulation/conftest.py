"""Soil profiles and simulations that several tests look at."""

import numpy as np
import pytest

from thetamix.simulation import Simulation, simulate
from thetamix.simulation.column import CENTRES, LAYER_EDGES, LAYERS, Profiles, concatenate
from thetamix.simulation.geology import TEXTURES


def uniform_soil(
    texture: str = "silt loam",
    count: int = 1,
    *,
    bottom: float = 1.0,
    bypass: float = 0.0,
    fading: float = np.inf,
) -> Profiles:
    """Profiles of one texture, alike, with all roots and pores the same in every layer."""
    kind = TEXTURES[texture]
    one, column = np.ones(count), np.ones((LAYERS, count))
    ends = np.zeros((LAYERS, count))
    ends[3:] = 1 / 3
    return Profiles(
        porosity=kind.porosity * column,
        conductivity=kind.conductivity * column * np.exp(-CENTRES[:, None] / fading),
        suction=kind.suction * one,
        exponent=kind.exponent * one,
        bottom=bottom * one,
        roots=np.diff(LAYER_EDGES)[:, None] * column,
        bypass=bypass * one,
        bypass_to=ends,
        catch=one,
    )


def all_textures(**settings: float) -> Profiles:
    """One profile of each texture, in the order of ``TEXTURES``."""
    return concatenate([uniform_soil(texture, **settings) for texture in TEXTURES])


def forcing(hours: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rain in a tenth of the hours and a demand with days and seasons, (time, 1) [mm h-1]."""
    random = np.random.default_rng(seed)
    rain = np.where(random.random(hours) < 0.1, random.gamma(0.6, 1.6, hours), 0.0)
    now = np.arange(hours)
    day = np.maximum(np.sin((now % 24 - 6) / 12 * np.pi), 0) * (1 - 0.8 * np.cos(now / 8766 * 2 * np.pi))
    return rain[:, None], 0.22 * day[:, None]


@pytest.fixture(scope="session")
def bare() -> Simulation:
    """Soil alone: two years of 12 clusters without noise, offsets, faults and gaps."""
    return simulate(12, 2.0, 5, truth_profiles=0, without=("faults", "gaps", "noise", "offsets"))
