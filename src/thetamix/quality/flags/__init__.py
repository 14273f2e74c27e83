"""Quality flags: what is remarked about a reading. Values never change.

:mod:`~thetamix.quality.flags.ranges` and :mod:`~thetamix.quality.flags.ismn_flags` are the checks of the
International Soil Moisture Network, for any time step;
:mod:`~thetamix.quality.flags.sibling_flags` is what replicates make possible.
:mod:`~thetamix.quality.flags.flagging` applies all of them to a network.
"""

from thetamix.quality.flags.flagging import flag_file, flag_network, summarise, with_flags
from thetamix.quality.flags.ranges import LIMITS, flag_ranges, range_flags
from thetamix.quality.flags.upper_limits import with_upper_limits

__all__ = [
    "LIMITS",
    "flag_file",
    "flag_network",
    "flag_ranges",
    "range_flags",
    "summarise",
    "with_flags",
    "with_upper_limits",
]
