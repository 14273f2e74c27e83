"""What a simulated network holds beside the readings: names, forcing as reported, attributes, where it is from."""

import string
from collections.abc import Sequence

import numpy as np

from thetamix._version import __version__
from thetamix.simulation.geology import GEOLOGIES, GEOLOGY_NAMES
from thetamix.simulation.profiles import Cluster
from thetamix.simulation.scene import DEPTHS, FIRST_CLUSTER, Scene, recorded
from thetamix.simulation.site_layout import coordinates


def variables(
    places: Sequence[Cluster], replicates: int, scene: Scene, streams: np.ndarray, reference: np.ndarray
) -> dict[str, np.ndarray]:
    """Return all variables of the network but the readings.

    Parameters
    ----------
    places
        The clusters.
    replicates
        Profiles of each.
    scene
        With the forcing.
    streams
        Discharge of each geology's stream (time, zone) [m3 s-1].
    reference
        Moisture of the coarse model in each zone (time, depth, zone) [m3 m-3].

    Returns
    -------
    dict
        Arrays by name, with the dimensions of the network file.
    """
    return {
        **_sensors(places, replicates),
        **_forcing(scene),
        **_zones(streams, reference, places),
        **_attributes(places),
    }


def letter(number: int) -> str:
    """Name a replicate.

    Parameters
    ----------
    number
        From 0.

    Returns
    -------
    str
        A, B, C and so on; R27 after Z.
    """
    return string.ascii_uppercase[number] if number < 26 else f"R{number + 1}"


def about(seed: int, without: Sequence[str]) -> dict[str, str]:
    """Describe where a simulated network is from.

    Returns
    -------
    dict
        Global attributes. No date: the same seed gives the same bytes.
    """
    causes = ", ".join(sorted(set(without))) or "nothing"
    return {
        "title": "Simulated network of replicate soil moisture sensors",
        "summary": "Soil moisture of replicate profiles in clusters on marl, schist and sandstone: layered soil "
        "with scattered parameters under stochastic weather, read by sensors with noise, offsets, faults and gaps.",
        "source": f"thetamix {__version__} simulation",
        "history": f"simulated by thetamix {__version__} with seed {seed}, without {causes}",
        "simulation_seed": str(seed),
        "simulation_without": causes,
    }


def _sensors(places: Sequence[Cluster], replicates: int) -> dict[str, np.ndarray]:
    shape = (len(places), DEPTHS.size, replicates)
    names = [
        f"{place.name}_{letter(replicate)}_{depth * 100:.0f}cm"
        for place in places
        for depth in DEPTHS
        for replicate in range(replicates)
    ]
    return {
        "sensor_id": np.array(names, dtype=object).reshape(shape),
        "sensor_depth": np.broadcast_to(DEPTHS[:, None], shape).copy(),
    }


def _forcing(scene: Scene) -> dict[str, np.ndarray]:
    """Return the forcing as reported (cluster, time), float32."""
    air = scene.weather
    hourly = {
        "precipitation": scene.reported,
        "potential_evapotranspiration": air.potential_evapotranspiration[:, FIRST_CLUSTER:],
        "air_temperature": air.air_temperature[:, FIRST_CLUSTER:],
    }
    return {
        name: np.ascontiguousarray(recorded(values, scene.step_hours).T, dtype=np.float32)
        for name, values in hourly.items()
    }


def _zones(streams: np.ndarray, reference: np.ndarray, places: Sequence[Cluster]) -> dict[str, np.ndarray]:
    """Return discharge and reference of each cluster's geology."""
    zone = [GEOLOGY_NAMES.index(place.geology) for place in places]
    return {
        "discharge": streams.T[zone].astype(np.float32),
        "discharge_gauge": np.array([f"{place.geology} stream" for place in places], dtype=object),
        "reference_soil_moisture": reference.transpose(2, 1, 0)[zone].astype(np.float32),
    }


def _attributes(places: Sequence[Cluster]) -> dict[str, np.ndarray]:
    latitude, longitude = coordinates(places)
    text = {
        "geology": [place.geology for place in places],
        "soil_type": [GEOLOGIES[place.geology].soil_type for place in places],
        "land_use": [place.land_use for place in places],
    }
    return {
        "elevation": np.array([place.elevation for place in places]),
        "latitude": latitude,
        "longitude": longitude,
        **{name: np.array(words, dtype=object) for name, words in text.items()},
    }
