"""Switches of clocks against rules that are written down."""

import numpy as np

from thetamix.system.clock_switches import switches_between


def test_a_zone_that_switches_a_minute_after_midnight():
    rule = switches_between("America/Goose_Bay", 1999, 1999)
    year = rule.moments.astype("datetime64[Y]") == np.datetime64("1999")
    assert rule.before[year].astype("datetime64[m]").astype(str).tolist() == ["1999-04-04T00:01", "1999-10-31T00:01"]
    assert (rule.after - rule.before)[year].tolist() == [3600 * 10**9, -3600 * 10**9]
