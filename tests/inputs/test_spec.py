"""What a model was told about its inputs survives its file."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.inputs.spec import Category, ForcingInput, InputSpec, Scale

NAMES = st.text(max_size=6)
NUMBERS = st.floats(allow_nan=False)
SCALES = st.builds(Scale, NAMES, NUMBERS, st.floats(1e-9, 1e9), st.none() | NUMBERS, st.none() | NUMBERS)
SPECS = st.builds(
    InputSpec,
    forcing=st.lists(st.builds(ForcingInput, SCALES, st.booleans()), max_size=4).map(tuple),
    numbers=st.lists(SCALES, max_size=3).map(tuple),
    categories=st.lists(st.builds(Category, NAMES, st.lists(NAMES, max_size=3).map(tuple)), max_size=2).map(tuple),
    replicates=st.lists(NAMES, max_size=3).map(tuple),
    target=SCALES,
)


@given(SPECS)
def test_round_trip_through_json_text(spec):
    assert InputSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@given(SPECS)
def test_sizes_count_every_input_once(spec):
    assert spec.dynamic_size == len(spec.forcing) + [f.optional for f in spec.forcing].count(True)
    one_hot = [value for category in spec.categories for value in category.values] + list(spec.replicates)
    assert spec.static_size == len(spec.numbers) + len(one_hot)


def test_what_is_missing_is_no_spec():
    with pytest.raises(KeyError):
        InputSpec.from_json({"forcing": []})
