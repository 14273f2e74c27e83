"""Weather, soil physics, replicates: a synthetic network whose true law is known.

The way through the room: ``rain`` and ``weather`` make the forcing, ``evapotranspiration`` the demand, ``surface``
snow and interception, ``column``, ``soil``, ``macropores`` and ``integration`` the water in each profile,
``geology`` and ``profiles`` who the profiles are, ``sensors`` what is read and what is lost, ``frost`` and ``faults``
what is read wrongly, ``catchment`` discharge and the reference model, ``scene`` what all share, ``law`` the truth,
``record`` what is written down, ``network`` all of it together.
"""

from thetamix.simulation.simulate import CAUSES, Simulation, simulate

__all__ = ["CAUSES", "Simulation", "simulate"]
