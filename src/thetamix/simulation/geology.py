"""Three geologies and the soils on them, as in the Attert catchment (Bischof et al. 2025, section 2.1).

Hydraulic parameters are the means of texture classes (Clapp & Hornberger 1978, doi:10.1029/WR014i004p00601, table 2);
which class lies on which rock, stones and macropores after Jackisch et al. (2017, doi:10.5194/hess-21-3749-2017) and
Demand et al. (2019, doi:10.5194/hess-23-4869-2019).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Texture:
    """A texture class of Clapp & Hornberger.

    Attributes
    ----------
    porosity
        Of the fine earth [m3 m-3].
    exponent
        b [1].
    suction
        At air entry [m].
    conductivity
        Saturated [mm h-1].
    """

    porosity: float
    exponent: float
    suction: float
    conductivity: float


TEXTURES = {
    "sandy loam": Texture(porosity=0.435, exponent=4.90, suction=0.218, conductivity=124.8),
    "silt loam": Texture(porosity=0.485, exponent=5.30, suction=0.786, conductivity=25.9),
    "loam": Texture(porosity=0.451, exponent=5.39, suction=0.478, conductivity=25.0),
    "silty clay loam": Texture(porosity=0.477, exponent=7.75, suction=0.356, conductivity=6.12),
}


@dataclass(frozen=True)
class Geology:
    """A geological formation, its soil and its stream.

    Attributes
    ----------
    letter
        With which names of its clusters begin.
    texture
        Name of :data:`TEXTURES`.
    soil_type
        In words.
    stones
        Volume share of rock fragments in the bulk soil [1].
    fading
        Depth over which saturated conductivity falls to 1/e [m] (Beven 1982, doi:10.1029/WR018i006p01627).
    bottom
        Conductivity below 1 m as a share of that of the lowest layer [1].
    macropores
        Share of profiles with connected macropores, for a cover of mean effect [1].
    bypass
        Mean share of input that these carry when active [1].
    elevation
        Lowest and highest [m].
    place
        Centre, east and north of the catchment's centre [km].
    covers
        Land covers and how often they occur.
    area
        Of the gauged catchment [km2].
    interflow
        Share of percolation that reaches the stream as interflow [1].
    residence
        Residence times of overland flow, interflow and groundwater [h].
    """

    letter: str
    texture: str
    soil_type: str
    stones: float
    fading: float
    bottom: float
    macropores: float
    bypass: float
    elevation: tuple[float, float]
    place: tuple[float, float]
    covers: tuple[tuple[str, float], ...]
    area: float
    interflow: float
    residence: tuple[float, float, float]


#: In the order in which clusters take turns.
GEOLOGIES = {
    # Gentle slopes, silty to clayey, low permeability, pasture and crops; flashy streams.
    "marl": Geology(
        letter="M",
        texture="silty clay loam",
        soil_type="stagnic regosol",
        stones=0.02,
        fading=0.5,
        bottom=0.05,
        macropores=0.6,
        bypass=0.6,
        elevation=(250.0, 340.0),
        place=(2.0, 0.0),
        covers=(("pasture", 0.6), ("cropland", 0.3), ("forest", 0.1)),
        area=4.5,
        interflow=0.6,
        residence=(3.0, 15.0, 24.0 * 15),
    ),
    # Steep, forested, shallow and stony periglacial deposits over slate: preferential flow, and a dense base on which
    # water stands in wet winters where no macropores drain it.
    "schist": Geology(
        letter="S",
        texture="silt loam",
        soil_type="stony cambisol",
        stones=0.25,
        fading=0.6,
        bottom=0.015,
        macropores=0.55,
        bypass=0.6,
        elevation=(380.0, 510.0),
        place=(-5.0, 5.0),
        covers=(("forest", 0.6), ("pasture", 0.2), ("cropland", 0.2)),
        area=19.2,
        interflow=0.5,
        residence=(4.0, 48.0, 24.0 * 30),
    ),
    # Deep sandy soils under beech on a permeable aquifer: baseflow all year.
    "sandstone": Geology(
        letter="Sa",
        texture="sandy loam",
        soil_type="sandy cambisol",
        stones=0.03,
        fading=2.0,
        bottom=1.0,
        macropores=0.2,
        bypass=0.45,
        elevation=(290.0, 390.0),
        place=(4.0, -6.0),
        covers=(("forest", 0.8), ("pasture", 0.2)),
        area=2.7,
        interflow=0.1,
        residence=(4.0, 72.0, 24.0 * 150),
    ),
}

GEOLOGY_NAMES = tuple(GEOLOGIES)
