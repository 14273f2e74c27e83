"""What a forecaster has without saying so."""

from pathlib import Path
from typing import ClassVar, Literal

import pytest
from pydantic import ValidationError

from thetamix.forecasters.base import Dependencies, ForecastContext, Forecaster, Role, TrainedForecaster, of_class
from thetamix.forecasters.ensemble import Ensemble
from thetamix.forecasters.from_file import FromFile
from thetamix.forecasters.reference import Reference
from thetamix.quality.checks.study_record import Needs


class Plain(Forecaster):
    """Nothing but a kind."""

    role: ClassVar[Role] = "null"

    kind: Literal["plain"]


class Heir(Forecaster):
    """Takes its training from the study."""

    role: ClassVar[Role] = "model"
    inherits: ClassVar[tuple[str, ...]] = ("training",)

    kind: Literal["heir"]
    training: dict


PLAIN = Plain(kind="plain")


def test_a_forecaster_needs_and_depends_on_nothing_unless_it_says_so():
    assert PLAIN.needs("a") == Needs("a")
    assert PLAIN.depends_on() == Dependencies()
    assert PLAIN.forms("a") == {"a": PLAIN}
    assert PLAIN.located(Path("/data")) is PLAIN
    assert PLAIN.resolved(1) is PLAIN
    assert not PLAIN.point
    assert not PLAIN.reads_evaluated
    assert PLAIN.key_settings() == {"kind": "plain"}
    PLAIN.check_among({})
    with pytest.raises(NotImplementedError):
        PLAIN.forecast(None)


def test_a_kind_is_that_of_the_class():
    with pytest.raises(ValidationError, match="kind"):
        Plain(kind="other")


@pytest.mark.parametrize(
    ("own", "merged"),
    [
        ({}, {"epochs": 3, "batch": 8}),
        ({"training": None}, {"epochs": 3, "batch": 8}),
        ({"training": {"batch": 4}}, {"epochs": 3, "batch": 4}),
        ({"training": {"preset": "fast"}}, {"preset": "fast"}),
        ({"training": 7}, 7),
    ],
)
def test_what_is_inherited_is_the_studys_where_the_entry_has_none(own, merged):
    study = {"training": {"epochs": 3, "batch": 8}, "inputs": {"forcing": ["rain"]}}
    assert Heir.completed({"kind": "heir"} | own, study) == {"kind": "heir", "training": merged}
    assert Plain.completed({"kind": "plain"} | own, study) == {"kind": "plain"} | own


def test_a_point_forecast_is_a_reference_that_is_not_dressed():
    assert [Reference(kind="reference", dress=dress).point for dress in ("none", "raw", "bias_corrected")] == [
        True,
        False,
        False,
    ]


def test_forecasters_of_a_class():
    entries = {"b": FromFile(kind="file", file="x.nc"), "a": PLAIN, "c": Plain(kind="plain")}
    assert list(of_class(entries, Plain)) == ["a", "c"]
    assert of_class(entries, TrainedForecaster) == {}
    assert list(of_class(entries, Forecaster)) == ["b", "a", "c"]


def test_what_others_read_is_named():
    assert Ensemble(kind="ensemble", of=["a", "b"]).depends_on() == Dependencies(forecasters=("a", "b"))
    entry = FromFile(kind="file", file="x.nc").located(Path("/data"))
    assert entry.depends_on() == Dependencies(files={"sha256": Path("/data/x.nc")})


def test_the_share_that_is_done_is_told_after_each_series(make_network, tmp_path):
    shares = []
    network = make_network(clusters=2, steps=5)
    context = ForecastContext(network, None, None, tmp_path / "out.nc", 1, shares.append)
    seen = [(series.name, len(shares)) for series in context.each_series()]
    assert [before for _, before in seen] == [0, 1, 2, 3]
    assert shares == [0.25, 0.5, 0.75, 1.0]
