"""thetamix: the whole distribution of soil moisture at every place, depth and hour.

Examples
--------
>>> import thetamix as tm
>>> mixture = tm.GaussianMixture(weight=[0.5, 0.5], mean=[0.2, 0.3], sd=[0.02, 0.02])
>>> round(float(mixture.quantile(0.5)), 3)
0.25
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thetamix.mixture import GaussianMixture
    from thetamix.network.netcdf import open_network, write_network
    from thetamix.prediction.files import open_prediction
    from thetamix.run import run_study
    from thetamix.run_folder import Run, open_run
    from thetamix.simulation.network import simulate

__version__ = "0.1.0"

# What users import, and where it is: looked up when it is asked for, so that `import thetamix` is instant.
_NAMES = {
    "GaussianMixture": "thetamix.mixture",
    "Run": "thetamix.run_folder",
    "open_network": "thetamix.network.netcdf",
    "open_prediction": "thetamix.prediction.files",
    "open_run": "thetamix.run_folder",
    "run_study": "thetamix.run",
    "simulate": "thetamix.simulation.network",
    "write_network": "thetamix.network.netcdf",
}

__all__ = [
    "GaussianMixture",
    "Run",
    "open_network",
    "open_prediction",
    "open_run",
    "run_study",
    "simulate",
    "write_network",
]


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'thetamix' has no attribute {name!r}")
