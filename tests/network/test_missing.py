"""What is missing of a network: shares of what could be there, and clusters without."""

import numpy as np
import pytest

from thetamix.network.assemble import assemble
from thetamix.network.missing import count_gaps, percent


def test_empty_slots_are_no_sensors():
    """Three sensors in two clusters of two replicates: a quarter of their readings lacks, not half of the array's."""
    readings = np.full((2, 1, 2, 4), np.nan, dtype=np.float32)
    readings[0, 0, 0], readings[0, 0, 1, :2], readings[1, 0, 0, :3] = 0.2, 0.3, 0.1
    depth = np.full((2, 1, 2), 0.05)
    depth[1, 0, 1] = np.nan
    rain = np.array([[1.0, np.nan, 0, 0], [np.nan] * 4])
    network = assemble(
        {"soil_moisture": readings, "sensor_depth": depth, "precipitation": rain},
        cluster_id=["a", "b"],
        depth=[0.05],
        replicate_label=["A", "B"],
        time=np.datetime64("2020-01-01", "ns") + np.arange(4) * np.timedelta64(1, "h"),
        step=np.timedelta64(1, "h"),
        about={},
    )
    gaps = count_gaps(network)
    assert gaps["soil_moisture"].missing == pytest.approx(3 / 12)
    assert gaps["soil_moisture"].places == 3
    assert gaps["soil_moisture"].without == []
    assert gaps["precipitation"].missing == pytest.approx(5 / 8)
    assert gaps["precipitation"].without == ["b"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (2e-6, "0.0002 %"), (0.05, "5 %"), (0.714, "71 %"), (0.99951, "99.951 %"), (1, "100 %")],
)
def test_percent(share, text):
    assert percent(share) == text
