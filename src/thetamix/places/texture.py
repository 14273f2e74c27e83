"""What the texture of a soil says of its pores."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import xarray as xr

from thetamix.system.errors import InputError, nearest

#: Porosity [m3 m-3] and saturated hydraulic conductivity [mm h-1] of the texture classes of the USDA: means of
#: Clapp & Hornberger (1978, doi:10.1029/WR014i004p00601, table 2; there in cm min-1).
TEXTURE_CLASSES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "sand": (0.395, 633.6),
        "loamy sand": (0.410, 562.8),
        "sandy loam": (0.435, 124.8),
        "silt loam": (0.485, 25.9),
        "loam": (0.451, 25.0),
        "sandy clay loam": (0.420, 22.7),
        "silty clay loam": (0.477, 6.12),
        "clay loam": (0.476, 8.82),
        "sandy clay": (0.426, 7.81),
        "silty clay": (0.492, 3.71),
        "clay": (0.482, 4.61),
    }
)


def add_texture_properties(network: xr.Dataset, texture: str = "texture") -> xr.Dataset:
    """Add porosity and saturated conductivity of the clusters from their texture class.

    Parameters
    ----------
    network
        With the texture class of each cluster, a name of :data:`TEXTURE_CLASSES`.
    texture
        Name of that attribute.

    Returns
    -------
    xarray.Dataset
        The network with ``porosity`` [1] and ``saturated_conductivity`` [mm h-1] (cluster).

    Raises
    ------
    InputError
        If the attribute is missing or a class is not known.
    """
    if texture not in network:
        raise InputError(f"the network has no attribute {texture!r}; add it with a map of texture classes")
    found = []
    for word, cluster in zip(network[texture].to_numpy(), network["cluster_id"].to_numpy(), strict=True):
        if str(word).lower() not in TEXTURE_CLASSES:
            raise InputError(
                f"{texture} of cluster {cluster} is {str(word)!r}; {nearest(str(word), TEXTURE_CLASSES)}"
            )
        found.append(TEXTURE_CLASSES[str(word).lower()])
    porosity, conductivity = np.array(found).T
    source = "Clapp and Hornberger (1978), doi:10.1029/WR014i004p00601, by texture class"
    porosity_attributes = {
        "long_name": "porosity of the soil",
        "standard_name": "soil_porosity",
        "units": "1",
        "source": source,
    }
    return network.assign(
        porosity=(("cluster",), porosity, porosity_attributes),
        saturated_conductivity=(
            ("cluster",),
            conductivity,
            {"long_name": "saturated hydraulic conductivity", "units": "mm h-1", "source": source},
        ),
    )
