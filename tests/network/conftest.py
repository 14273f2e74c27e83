"""A small network made by hand, with one of everything that the network file knows."""

import numpy as np
import pytest
import xarray as xr

from thetamix.network.assemble import assemble
from thetamix.quality.flags import range_flags

CLUSTERS, DEPTHS, REPLICATES, STEPS = 2, 2, 3, 48
START = np.datetime64("2020-01-01", "ns")
HOUR = np.timedelta64(1, "h")


def make_network(step: np.timedelta64 = HOUR) -> xr.Dataset:
    rng = np.random.default_rng(1)
    series = (CLUSTERS, DEPTHS, REPLICATES, STEPS)
    moisture = rng.uniform(0.1, 0.4, series).astype(np.float32)
    moisture[0, 0, 1, 5:9] = np.nan
    moisture[1, 1] = np.nan  # no series at the second depth of the second cluster
    moisture[0, 1, 2] = np.nan  # a profile that was never installed
    moisture[0, 0, 0, 3] = -0.02
    moisture[0, 0, 0, 4] = 0.75
    hourly = (CLUSTERS, STEPS)
    sensor_id = np.full(series[:3], "", dtype=object)
    sensor_id[np.isfinite(moisture).any(axis=-1)] = "probe"
    variables = {
        "soil_moisture": moisture,
        "soil_moisture_flag": range_flags(moisture),
        "sensor_depth": np.broadcast_to(np.array([0.11, 0.3])[None, :, None], series[:3]).copy(),
        "sensor_id": sensor_id,
        "precipitation": rng.exponential(0.1, hourly).astype(np.float32),
        "potential_evapotranspiration": rng.uniform(0, 0.3, hourly).astype(np.float32),
        "air_temperature": rng.normal(10, 5, hourly).astype(np.float32),
        "discharge": rng.uniform(0, 2, hourly).astype(np.float32),
        "discharge_gauge": np.array(["Pfaffenthal", "Pfaffenthal"], dtype=object),
        "reference_soil_moisture": rng.uniform(0.1, 0.4, (CLUSTERS, DEPTHS, STEPS)).astype(np.float32),
        "elevation": np.array([470.0, 331.5]),
        "latitude": np.array([49.8, 49.9]),
        "longitude": np.array([5.8, 5.9]),
        "geology": np.array(["schist", "marl"], dtype=object),
        "soil_type": np.array(["loam", ""], dtype=object),
        "land_use": np.array(["forest", "Weiß-Tanne"], dtype=object),
        "porosity": np.array([0.5, np.nan]),
    }
    return assemble(
        variables,
        cluster_id=["c01", "c02"],
        depth=[0.1, 0.3],
        replicate_label=["A", "B", "C"],
        time=START + (np.arange(STEPS) + 1) * step,
        step=step,
        about={
            "title": "A network made by hand",
            "summary": "Two clusters, two depths, three replicates, two days.",
            "source": "random numbers",
            "license": "CC0",
            "history": "made by the test",
        },
    )


@pytest.fixture
def daily() -> xr.Dataset:
    return make_network(np.timedelta64(1, "D"))


@pytest.fixture
def network() -> xr.Dataset:
    return make_network()
