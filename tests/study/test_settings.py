"""The study file's own rules: defaults, presets, forms of writing, and errors that help."""

import copy

import pytest
from pydantic import ValidationError

from thetamix.splits.settings import EvaluationPeriod, Split
from thetamix.study.settings import Study
from thetamix.system.settings import Sequence

MINIMAL = {
    "name": "s",
    "network": "network.nc",
    "inputs": {"forcing": ["precipitation"]},
    "forecasters": {"cycle": {"kind": "annual_cycle"}},
}


def study(**changes: object) -> Study:
    return Study.model_validate(copy.deepcopy(MINIMAL) | changes)


def complaint(**changes: object) -> str:
    with pytest.raises(ValidationError) as caught:
        study(**changes)
    return caught.value.errors()[0]["msg"]


def test_defaults_are_the_papers():
    one = study()
    assert one.split == Split(scheme="blocks", block="90d", evaluation_share=0.4, gap="0d")
    assert one.quality.replicates == "all"
    assert one.seeds == [1]
    assert one.evaluation.group_by == ["geology", "depth"]
    assert one.evaluation.bootstrap.model_dump() == {"draws": 50, "share": 0.8, "block_draws": 1000}
    training = one.training
    assert (training.layers, training.hidden, training.dropout) == (1, 64, 0.4)
    assert (training.learning_rate, training.batch, training.epochs) == (5e-4, 128, 10)
    assert (training.forget_gate_bias, training.learning_rate_factor) == (3.0, 0.5)
    assert training.sequence == Sequence(steps=128)
    assert not training.notebook


def test_an_unknown_preset_gets_the_nearest():
    assert 'did you mean "paper"' in complaint(training={"preset": "papper"})


def test_forcing_is_a_name_or_a_name_that_is_optional():
    forcing = ["precipitation", {"discharge": "optional"}, {"name": "air_temperature", "optional": False}]
    got = study(inputs={"forcing": forcing}).inputs.forcing
    assert [(f.name, f.optional) for f in got] == [
        ("precipitation", False),
        ("discharge", True),
        ("air_temperature", False),
    ]


@pytest.mark.parametrize("forcing", ["precipitation", [{"discharge": "maybe"}], [3], None])
def test_what_is_no_forcing_is_refused(forcing):
    with pytest.raises(ValidationError, match="forcing"):
        study(inputs={"forcing": forcing})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2015-04-01", "2015-04-01T00:00:00"),
        ("2015-04-01 06:30", "2015-04-01T06:30:00"),
        ("2015-04-01T06:30:00+02:00", "2015-04-01T04:30:00"),
        ("2015-04-01T06:30:00Z", "2015-04-01T06:30:00"),
    ],
)
def test_dates_are_utc(written, read):
    assert EvaluationPeriod(start=written, end="2200-01-01").start == read


@pytest.mark.parametrize("written", ["now", "NaT", "spring", "1.4.2015", 2015, "", "0001-01-01", "3000-01-01", None])
def test_what_is_no_date_is_refused(written):
    with pytest.raises(ValidationError, match=r"start|date"):
        EvaluationPeriod(start=written, end="2016-01-01")


def test_a_period_ends_after_its_start():
    with pytest.raises(ValidationError, match="ends before it starts"):
        EvaluationPeriod(start="2016-01-01", end="2015-01-01")


def test_the_scheme_period_and_only_it_has_a_period():
    period = {"start": "2015-01-01", "end": "2016-01-01"}
    assert study(split={"scheme": "period", "period": period}).split.period is not None
    assert "scheme period needs" in complaint(split={"scheme": "period"})
    assert "scheme period needs" in complaint(split={"scheme": "blocks", "period": period})


@pytest.mark.parametrize("block", ["0d", "0.2s", "ninety days", 90, "-1d"])
def test_a_block_has_a_length(block):
    with pytest.raises(ValidationError, match="block"):
        study(split={"block": block})


def test_seeds_are_distinct_and_not_negative():
    assert study(seeds=[0, 7, 2**40]).seeds == [0, 7, 2**40]
    for seeds in ([1, 1], [-1], [], [1.5], [2**70], 3):
        with pytest.raises(ValidationError, match="seeds"):
            study(seeds=seeds)


def test_an_unknown_flag_gets_the_nearest():
    assert 'did you mean "C03"' in complaint(quality={"reject": ["C03x"]})


def test_grouping_by_series_is_by_cluster_and_depth():
    one = study(forecasters={"a": {"kind": "annual_cycle", "by": "series"}})
    assert one.forecasters["a"].by == ["cluster", "depth"]


@pytest.mark.parametrize("name", ["..", ".", " ", "a/b", "", "-x", "a\nb"])
def test_a_study_name_is_the_name_of_a_folder(name):
    with pytest.raises(ValidationError, match="name"):
        study(name=name)


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "x" * 61, 'a"b', "a\nb"])
def test_a_forecasters_name_is_the_name_of_a_file(name):
    with pytest.raises(ValidationError, match="forecasters"):
        study(forecasters={name: {"kind": "annual_cycle"}})
