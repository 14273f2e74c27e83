"""Weather, soil physics, replicates: a synthetic network whose true law is known.

The way through the room: ``rain`` and ``weather`` make the forcing, ``evapotranspiration`` the demand, ``surface``
snow and interception, ``column``, ``soil`` and ``integration`` the water in the layers of each profile, ``geology``
and ``profiles`` who the profiles are, ``sensors`` what is read and what is lost, ``catchment`` discharge and the
reference model, ``scene`` what all share, ``law`` the truth, ``network`` all of it together.
"""

from thetamix.simulation.network import CAUSES, Simulation, simulate

__all__ = ["CAUSES", "Simulation", "simulate"]
