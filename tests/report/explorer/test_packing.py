"""Numbers survive the way into the page; text cannot leave its element."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thetamix.report.explorer.packing import PARAMETER_STEP, decode_arrays, encode_arrays, rounded, script_json


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(width=32)), st.integers(0, 2**32 - 1))
def test_arrays_come_back_bit_by_bit(values, number):
    back = decode_arrays(encode_arrays({"a": values, "b": np.array([number, 3], dtype=np.uint32)}))
    np.testing.assert_array_equal(back["a"].view(np.uint32), values.view(np.uint32))
    assert back["b"].tolist() == [number, 3]


def test_smooth_series_become_small():
    values = rounded(0.3 + 0.1 * np.sin(np.arange(2000) / 50))
    assert len(encode_arrays({"a": values})["data"]) < 0.75 * 4 / 3 * values.nbytes


def test_rounding_moves_little():
    values = np.random.default_rng(0).random(1000)
    assert np.abs(rounded(values) - values).max() <= PARAMETER_STEP / 2
    assert np.isnan(rounded(np.array([np.nan]))).all()


@given(st.text())
def test_json_in_a_script_element_is_harmless(text):
    written = script_json({"name": text})
    assert not set("<>&") & set(written)
    assert json.loads(written) == {"name": text}
