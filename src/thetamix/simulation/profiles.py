"""Who the clusters and their profiles are: parameters drawn around the geology's, then around the cluster's.

The law has two levels. A cluster deviates from its texture class, a profile from its cluster. Clapp & Hornberger's
table 2 gives the sd within a class (porosity about 0.06, b about a third of itself); half of the variance is put
between clusters and half within one, because variability at 5-10 m can be as large as over a whole catchment
(Mälicke et al. 2020, doi:10.5194/hess-24-2633-2020). An installed profile and a profile of the truth are draws
from one and the same law.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from thetamix.simulation.column import CENTRES, LAYER_EDGES, LAYERS, Profiles
from thetamix.simulation.geology import GEOLOGIES, GEOLOGY_NAMES, TEXTURES
from thetamix.simulation.seeds import Stream, stream
from thetamix.simulation.surface import COVERS

POROSITY_SD = 0.04  # [m3 m-3] between clusters, and again within one
LAYER_POROSITY_SD = 0.02  # [m3 m-3] between the layers of a profile
EXPONENT_SD = 0.15  # [1] of the logarithm of b; class sd 0.35, less what its correlation with suction explains
SUCTION_SD = 0.35  # [1] of the logarithm
CONDUCTIVITY_SD = 0.7  # [1] of the logarithm: field values of 0.5-1.5 in all (Warrick & Nielsen 1980)
STONES_SD = 0.3  # [1] of the logarithm
BOTTOM_SD = 0.5  # [1] of the logarithm
ROOTING_SD = 0.2  # [1] of the logarithm of rooting depth
POROSITY_RANGE = (0.30, 0.65)  # [m3 m-3] of fine earth
LARGEST_STONES = 0.6
LARGEST_BYPASS = 0.9
PLACE_SD = 1.2  # [km] of clusters about the centre of their geology
SHALLOWEST_BYPASS = 2  # the first layer in which macropores end

#: Numbers that a cluster or a profile draws; see :func:`_parameters`.
DEVIATES = 8 + LAYERS


@dataclass(frozen=True)
class Cluster:
    """A place of a few metres.

    Attributes
    ----------
    name
        Letter of the geology and a number.
    geology, land_use
        Names of :data:`~thetamix.simulation.geology.GEOLOGIES` and :data:`~thetamix.simulation.surface.COVERS`.
    elevation
        [m].
    place
        East and north of the catchment's centre [km].
    deviates
        What its profiles have in common: standard normal, as many as :data:`DEVIATES`.
    """

    name: str
    geology: str
    land_use: str
    elevation: float
    place: tuple[float, float]
    deviates: np.ndarray


def draw_cluster(seed: int, number: int) -> Cluster:
    """Draw one cluster; geologies take turns, so that the first few are balanced.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    number
        From 0.
    """
    random = stream(seed, Stream.CLUSTER, number)
    name = GEOLOGY_NAMES[number % len(GEOLOGY_NAMES)]
    geology = GEOLOGIES[name]
    deviates = random.standard_normal(DEVIATES)
    east, north = np.asarray(geology.place) + PLACE_SD * np.clip(random.standard_normal(2), -2, 2)
    elevation = float(random.uniform(*geology.elevation))
    covers, often = zip(*geology.covers, strict=True)
    land_use = str(random.choice(covers, p=often))
    label = f"{geology.letter}{number // len(GEOLOGY_NAMES) + 1:02d}"
    return Cluster(label, name, land_use, elevation, (float(east), float(north)), deviates)


def draw_profiles(
    seed: int, cluster: Cluster, purpose: Stream, number: int, count: int, without: Collection[str] = ()
) -> Profiles:
    """Draw profiles of a cluster.

    Parameters
    ----------
    seed
        Seed of the whole simulation.
    cluster
        Where.
    purpose
        :attr:`Stream.INSTALLED`, :attr:`Stream.TRUTH` or :attr:`Stream.CATCHMENT`: the law is the same. With
        :attr:`Stream.REGIONAL` each profile is of another cluster with the same geology and land use.
    number
        Of the cluster.
    count
        How many profiles.
    without
        Causes switched off: ``scatter`` makes all profiles of a cluster alike, ``bypass`` closes macropores.

    Returns
    -------
    Profiles
        Parameters (layer, profile).
    """
    normal = np.empty((count, DEVIATES))
    uniform = np.empty((count, 2))
    exponential = np.empty((count, LAYERS))
    deviates = np.tile(cluster.deviates, (count, 1))
    for profile in range(count):
        random = stream(seed, purpose, number, profile)
        normal[profile] = random.standard_normal(DEVIATES)
        uniform[profile] = random.random(2)
        exponential[profile] = random.standard_exponential(LAYERS)
        if purpose is Stream.REGIONAL:
            deviates[profile] = random.standard_normal(DEVIATES)
    scatter = "scatter" not in without
    if not scatter:
        normal[:], uniform[:], exponential[:] = 0.0, 0.0, 1.0
    return _parameters(cluster, deviates, normal, uniform, exponential, scatter, "bypass" not in without)


def _parameters(
    cluster: Cluster,
    deviates: np.ndarray,
    normal: np.ndarray,
    uniform: np.ndarray,
    exponential: np.ndarray,
    scatter: bool,
    bypass: bool,
) -> Profiles:
    geology, cover = GEOLOGIES[cluster.geology], COVERS[cluster.land_use]
    texture = TEXTURES[geology.texture]
    both = deviates + normal  # cluster's and profile's deviates have the same sd
    porosity = texture.porosity + POROSITY_SD * both[:, 0] + LAYER_POROSITY_SD * normal[:, 8:].T
    stones = np.minimum(geology.stones * np.exp(STONES_SD * both[:, 1]), LARGEST_STONES)
    conductivity = texture.conductivity * np.exp(CONDUCTIVITY_SD * both[:, 2])
    # Stones hold and conduct no water (Bouwer & Rice 1984, doi:10.1111/j.1745-6584.1984.tb01438.x).
    conductivity = conductivity * np.exp(-CENTRES[:, None] / geology.fading) * (1 - stones)
    rooting = np.exp(ROOTING_SD * both[:, 3])
    below = cover.roots ** (LAYER_EDGES[:, None] * 100 / rooting)
    roots = -np.diff(below, axis=0) / (1 - below[-1])
    ends = np.zeros((LAYERS, len(normal)))
    # Squared: most of a profile's macropores end in one layer.
    ends[SHALLOWEST_BYPASS:] = exponential.T[SHALLOWEST_BYPASS:] ** 2
    often = min(geology.macropores * cover.macropores, 1.0)
    connected = uniform[:, 0] < often if scatter else np.ones(len(normal))
    # Without scatter every profile carries the mean of all.
    share = 0.5 + uniform[:, 1] if scatter else np.full(len(normal), often)
    return Profiles(
        porosity=np.clip(porosity, *POROSITY_RANGE) * (1 - stones),
        conductivity=conductivity,
        suction=texture.suction * np.exp(SUCTION_SD * both[:, 4]),
        exponent=texture.exponent * np.exp(EXPONENT_SD * both[:, 5]),
        bottom=np.minimum(geology.bottom * np.exp(BOTTOM_SD * both[:, 6]), 1.0),
        roots=roots,
        bypass=np.minimum(geology.bypass * connected * share, LARGEST_BYPASS) * bypass,
        bypass_to=ends / ends.sum(axis=0),
        # Spots of one cluster get the cluster's water in the mean: no deviate of the cluster here.
        catch=np.exp(cover.catch_sd * normal[:, 7] - cover.catch_sd**2 / 2) if scatter else np.ones(len(normal)),
    )
