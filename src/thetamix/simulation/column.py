"""A soil column to 1 m depth, and the parameters of many of them side by side.

Retention is Campbell's (1974, doi:10.1097/00010694-197406000-00001): ``suction = suction_s * S**-b`` with S the
saturation, the share of the pores that is filled with water.
"""

from dataclasses import dataclass, fields

import numpy as np

#: Layer edges [m]. The sensors' depths 0.1, 0.3 and 0.5 m are centres of layers.
LAYER_EDGES = np.array([0.0, 0.05, 0.15, 0.25, 0.35, 0.65, 1.0])
THICKNESS = np.diff(LAYER_EDGES)
CENTRES = (LAYER_EDGES[1:] + LAYER_EDGES[:-1]) / 2
LAYERS = THICKNESS.size

WILTING_SUCTION = 153.0  # [m] 1.5 MPa
FIELD_CAPACITY_SUCTION = 3.37  # [m] 33 kPa


@dataclass(frozen=True)
class Profiles:
    """Parameters of soil profiles.

    Attributes
    ----------
    porosity
        Volume of pores in the bulk soil, stones included (layer, profile) [m3 m-3].
    conductivity
        Saturated hydraulic conductivity (layer, profile) [mm h-1].
    suction
        Air-entry suction (profile) [m].
    exponent
        Campbell's b (profile) [1].
    bottom
        Conductivity below the last layer as a share of that layer's (profile) [1]: a dense horizon or bedrock.
    roots
        Share of the roots (layer, profile) [1]; sums to 1.
    bypass
        Share of the input that bypass takes at most (profile) [1].
    bypass_to
        Where bypass ends (layer, profile) [1]; sums to 1.
    catch
        Water that reaches this spot for each unit of throughfall (profile) [1].
    """

    porosity: np.ndarray
    conductivity: np.ndarray
    suction: np.ndarray
    exponent: np.ndarray
    bottom: np.ndarray
    roots: np.ndarray
    bypass: np.ndarray
    bypass_to: np.ndarray
    catch: np.ndarray

    def saturation_at(self, suction: float) -> np.ndarray:
        """Invert the retention curve.

        Parameters
        ----------
        suction
            [m], above the air-entry suction.

        Returns
        -------
        numpy.ndarray
            Saturation (profile) [1], at most 1.
        """
        saturation: np.ndarray = np.minimum((self.suction / suction) ** (1 / self.exponent), 1.0)
        return saturation

    @property
    def count(self) -> int:
        """Number of profiles."""
        return int(self.suction.size)


def concatenate(parts: list[Profiles]) -> Profiles:
    """Concatenate sets of profiles side by side.

    Returns
    -------
    Profiles
        All of them, in order.
    """
    return Profiles(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts], axis=-1)
            for field in fields(Profiles)
        }
    )


def capacity(profiles: Profiles) -> np.ndarray:
    """Return the water that the layers hold when all pores are full.

    Parameters
    ----------
    profiles
        Parameters (layer, profile).

    Returns
    -------
    numpy.ndarray
        Water (layer, profile) [mm].
    """
    water: np.ndarray = profiles.porosity * THICKNESS[:, None] * 1e3
    return water


def field_capacity(profiles: Profiles) -> np.ndarray:
    """Return the storage at field capacity: a wet winter's start.

    Parameters
    ----------
    profiles
        Parameters (layer, profile).

    Returns
    -------
    numpy.ndarray
        Water (layer, profile) [mm].
    """
    water: np.ndarray = capacity(profiles) * profiles.saturation_at(FIELD_CAPACITY_SUCTION)
    return water
