"""Errors carry their exit code; a mistyped word gets the nearest known one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from thetamix.system.errors import InputError, ThetamixError, nearest

KEYS = ["name", "network", "quality", "inputs", "split", "training", "forecasters", "seeds", "evaluation"]


def test_exit_codes():
    assert ThetamixError.exit_code == 1
    assert InputError.exit_code == 2
    assert issubclass(InputError, ThetamixError)


@given(st.sampled_from(KEYS), st.data())
def test_one_slip_of_the_finger_is_understood(word, data):
    place = data.draw(st.integers(0, len(word) - 1))
    slips = [
        word[:place] + word[place + 1 :],
        word[:place] + "x" + word[place:],
        word[:place] + "x" + word[place + 1 :],
    ]
    slip = data.draw(st.sampled_from(slips))
    assume(slip not in KEYS)
    assert nearest(slip, KEYS) == f'did you mean "{word}"?'


def test_all_known_words_where_none_is_near():
    assert nearest("zzz", ["b", "a"]) == "known are: a, b"


@pytest.mark.parametrize("known", [(), iter(["seeds"]), {"seeds": 1}])
def test_any_collection_of_words_will_do(known):
    assert nearest("seed", known) in ('did you mean "seeds"?', "known are: ")
