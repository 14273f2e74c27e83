"""How a model is trained: presets, and a sequence in steps or as a duration."""

import numpy as np
import pytest
from pydantic import ValidationError

from thetamix.system.durations import parse_duration
from thetamix.system.errors import InputError
from thetamix.system.settings import Sequence
from thetamix.training.settings import PRESETS, Training


def test_what_is_given_goes_before_the_preset():
    training = Training.model_validate({"preset": "paper", "hidden": 8})
    assert training.hidden == 8
    assert training.model_dump() == Training.model_validate({}).model_dump() | {"hidden": 8}
    assert set(PRESETS["paper"]) <= set(Training.model_fields)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (128, Sequence(steps=128)),
        ("128", Sequence(steps=128)),
        ("128h", Sequence(duration="128h")),
        ("120h", Sequence(duration="5d")),
        ({"steps": 128, "duration": "128h"}, Sequence(steps=128, duration="128h")),
    ],
)
def test_a_sequence_is_steps_or_a_duration(written, expected):
    assert Training.model_validate({"sequence": written}).sequence == expected


@pytest.mark.parametrize("written", [0, -3, 1.5, "soon", {}, None, {"steps": None}, {"stepps": 3}, []])
def test_what_is_no_sequence_is_refused(written):
    with pytest.raises(ValidationError, match="sequence"):
        Training.model_validate({"sequence": written})


@pytest.mark.parametrize(
    ("sequence", "step", "steps", "duration"),
    [
        (Sequence(steps=128), "1h", 128, "128h"),
        (Sequence(steps=128), "1d", 128, "128d"),
        (Sequence(duration="128h"), "1h", 128, "128h"),
        (Sequence(duration="128h"), "30min", 256, "128h"),
        (Sequence(duration="100h"), "1d", 4, "4d"),  # what is run, not what was asked for
        (Sequence(duration="7d"), "10min", 1008, "7d"),
    ],
)
def test_both_are_written_out(sequence, step, steps, duration):
    width = parse_duration(step).astype("timedelta64[ns]")
    resolved = sequence.resolve(width, "sequence")
    assert resolved == Sequence(steps=steps, duration=duration)
    assert resolved.resolve(width, "sequence") == resolved


def test_a_sequence_shorter_than_a_step_is_refused():
    with pytest.raises(InputError, match=r"training\.sequence: 6h is shorter than one time step"):
        Sequence(duration="6h").resolve(np.timedelta64(1, "D"), "sequence")


def test_numbers_written_as_yaml_reads_them():
    # YAML 1.1 takes 1e-3 for text.
    assert Training.model_validate({"learning_rate": "1e-3"}).learning_rate == 1e-3
