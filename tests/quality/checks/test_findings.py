"""Findings: order, text, JSON."""

import json

import numpy as np
import pytest

from thetamix.quality.checks import Finding, to_json, to_table, worst

FINDINGS = [
    Finding("gaps", "note", "a", "b"),
    Finding(
        "jumps",
        "warning",
        "ä",
        "b",
        "c01",
        0.1,
        "A",
        np.datetime64("2020-01-01", "ns"),
        np.datetime64("2020-02-01", "ns"),
        3.0,
        "d",
    ),
    Finding("kelvin", "error", "a", "b", "c02"),
    Finding("jumps", "warning", "a", "b", "c03", evidence=np.inf),
]


def test_the_worst_comes_first_and_checks_stay_together():
    table = to_table(FINDINGS)
    assert table["severity"].tolist() == ["error", "warning", "warning", "note"]
    assert table["place"].tolist() == ["c02", "c01 at 0.1 m, A", "c03", "network"]
    assert table["when"].tolist()[1] == "2020-01-01T00:00 to 2020-02-01T00:00"
    assert to_table([]).empty


@pytest.mark.parametrize(
    ("which", "expected"), [([0], "note"), ([0, 1], "warning"), ([1, 2, 0], "error"), ([], None)]
)
def test_worst(which, expected):
    assert worst([FINDINGS[number] for number in which]) == expected


def test_json_reads_back():
    read = json.loads(to_json(FINDINGS))
    assert [one["check"] for one in read] == ["kelvin", "jumps", "jumps", "gaps"]
    assert read[1] == {
        "check": "jumps",
        "severity": "warning",
        "message": "ä",
        "advice": "b",
        "cluster": "c01",
        "depth": 0.1,
        "replicate": "A",
        "start": "2020-01-01T00:00:00Z",
        "end": "2020-02-01T00:00:00Z",
        "evidence": 3.0,
        "unit": "d",
    }
    # Not every program reads NaN or infinity.
    assert read[0]["evidence"] is None
    assert read[2]["evidence"] is None
    assert json.loads(to_json([])) == []
