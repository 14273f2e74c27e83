"""What every forecaster is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr


@dataclass(frozen=True)
class ForecastContext:
    """What a forecaster works on.

    Attributes
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed (cluster, depth, replicate, time) [m3 m-3], float32.
    trained
        Readings of the training part (cluster, depth, replicate, time), boolean. No other reading may be looked at.
    output
        The prediction file to write.
    seed
        For what is random.
    report
        Takes the share that is done.
    """

    network: xr.Dataset
    readings: np.ndarray
    trained: np.ndarray
    output: Path
    seed: int
    report: Callable[[float], None]
