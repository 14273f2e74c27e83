"""Quality flags: what is remarked about a reading. Values never change.

:mod:`~thetamix.network.quality.ranges` and :mod:`~thetamix.network.quality.ismn` are the checks of the International
Soil Moisture Network, for any time step; :mod:`~thetamix.network.quality.siblings` is what replicates make possible.
:mod:`~thetamix.network.quality.flagging` applies all of them to a network.
"""

from thetamix.network.quality.flagging import flag_network, summarise, with_flags
from thetamix.network.quality.ranges import UPPER_LIMIT, flag_ranges, range_flags

__all__ = ["UPPER_LIMIT", "flag_network", "flag_ranges", "range_flags", "summarise", "with_flags"]
