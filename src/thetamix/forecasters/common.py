"""What every forecaster is given."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from thetamix.network.by_series import Mask, Readings


@dataclass(frozen=True)
class ForecastContext:
    """What a forecaster works on.

    Attributes
    ----------
    network
        The network.
    readings
        Soil moisture with rejected readings removed [m3 m-3].
    trained
        Readings of the training part. No other reading may be looked at.
    output
        The prediction file to write.
    seed
        For what is random.
    report
        Takes the share that is done.
    """

    network: xr.Dataset
    readings: Readings
    trained: Mask
    output: Path
    seed: int
    report: Callable[[float], None]
