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

from thetamix._version import __version__

if TYPE_CHECKING:
    from thetamix.mixture import GaussianMixture
    from thetamix.network.netcdf import write_network
    from thetamix.network.preparing import open_network
    from thetamix.prediction.prediction_file import open_prediction
    from thetamix.simulation.simulate import simulate
    from thetamix.study.run import run_study
    from thetamix.study.run_folder import Run, open_run

# What users import, and where it is: looked up when it is asked for, so that `import thetamix` is instant.
_NAMES = {
    "GaussianMixture": "thetamix.mixture",
    "Run": "thetamix.study.run_folder",
    "open_network": "thetamix.network.preparing",
    "open_prediction": "thetamix.prediction.prediction_file",
    "open_run": "thetamix.study.run_folder",
    "run_study": "thetamix.study.run",
    "simulate": "thetamix.simulation.simulate",
    "write_network": "thetamix.network.netcdf",
}

__all__ = [
    "GaussianMixture",
    "Run",
    "__version__",
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
