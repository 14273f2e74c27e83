"""Range flags: the ISMN's categories C01 to C03, reading by reading."""

import numpy as np
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from thetamix.network.schema import FLAGS, flag_mask
from thetamix.quality.flags import flag_ranges, range_flags

C01, C02, C03 = (FLAGS[name][0] for name in ("C01", "C02", "C03"))


def test_the_bits():
    assert (C01, C02, C03) == (1, 2, 4)
    assert list(FLAGS)[:3] == ["C01", "C02", "C03"]
    # Files hold these bits: none may ever move.
    assert list(FLAGS)[3:13] == [f"D{n:02d}" for n in range(1, 11)]
    assert list(FLAGS)[13:] == ["S01", "S02", "S03", "S04"]
    assert flag_mask(list(FLAGS)) == 2**17 - 1
    assert flag_mask(["C01", "C01"]) == 1
    assert flag_mask([]) == 0


def test_by_hand():
    readings = np.array([-0.1, -1e-9, 0.0, 0.3, 0.6, 0.61, np.nan])[None, None, None]
    assert range_flags(readings)[0, 0, 0].tolist() == [C01, C01, 0, 0, 0, C02, 0]
    found = range_flags(readings, np.array([0.25]))
    assert found[0, 0, 0].tolist() == [C01, C01, 0, C03, C03, C02 | C03, 0]
    assert found.dtype == np.int32


@given(
    hnp.arrays(np.float32, (2, 1, 2, 3), elements=st.one_of(st.just(np.nan), st.floats(-1, 2, width=32))),
    hnp.arrays(np.float64, 2, elements=st.one_of(st.just(np.nan), st.floats(0.2, 0.9))),
)
def test_against_a_loop(readings, porosity):
    found = range_flags(readings, porosity)
    for place, value in np.ndenumerate(readings):
        expected = (C01 if value < 0 else 0) | (C02 if value > 0.60 else 0)
        expected |= C03 if value > porosity[place[0]] else 0
        assert found[place] == expected


def test_of_a_network(network):
    with_porosity = flag_ranges(network)
    assert_array_equal(with_porosity, range_flags(network["soil_moisture"].to_numpy(), np.array([0.5, np.nan])))
    without = flag_ranges(network.drop_vars("porosity"))
    assert (without & C03 == 0).all()
    assert without[0, 0, 0, 3:5].tolist() == [C01, C02]
    assert isinstance(network, xr.Dataset)
