"""A clean network with everything that the checks look at, to plant faults in."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from thetamix.network.schema import midpoints, time_step
from thetamix.simulation import simulate
from thetamix.simulation.frost import freeze
from thetamix.weather.solar import clear_sky_radiation, extraterrestrial_radiation


def clean_network(
    clusters: int = 4, years: float = 1.0, seed: int = 201, without: tuple[str, ...] = ()
) -> xr.Dataset:
    """Simulate without faults of sensors; add the radiation of a clear sky and soil temperature."""
    network = simulate(clusters, years, seed, truth_profiles=0, without=("faults", *without)).network
    step = time_step(network["time"])
    above = extraterrestrial_radiation(
        network["latitude"].to_numpy()[:, None],
        network["longitude"].to_numpy()[:, None],
        midpoints(network["time"], step),
        step,
    )
    clear = clear_sky_radiation(above, 300.0) * 1e6 / 3600
    air = network["air_temperature"].to_numpy().astype(float)
    soil, _ = freeze(air, 1.0, network["depth"].to_numpy())
    return network.assign(
        shortwave_radiation=(("cluster", "time"), clear.astype(np.float32), {"units": "W m-2"}),
        soil_temperature=(("cluster", "depth", "time"), soil, {"units": "degC"}),
    )


@pytest.fixture(scope="session")
def clean() -> xr.Dataset:
    return clean_network(without=("gaps",))


@pytest.fixture(scope="session")
def make_clean() -> Callable[..., xr.Dataset]:
    """The factory :func:`clean_network`."""
    return clean_network
