import pandas as pd

from thetamix.report.figures.tables import (
    cell_label,
    depths_of,
    few,
    forecasters_of,
    groups_of,
    joined,
)
from thetamix.report.layouts.table_rows import rows

TABLE = pd.DataFrame(
    {
        "forecaster": ["b", "a", "b", "a"],
        "group": ["marl", "all", "schist", "marl"],
        "depth": ["0.3", "0.05", "all", "0.1"],
        "value": [1, 2, 3, 4],
    }
)


def test_rows_meet_all_conditions():
    assert rows(TABLE, forecaster="a")["value"].tolist() == [2, 4]
    assert rows(TABLE, forecaster="b", group="schist")["value"].tolist() == [3]


def test_places_and_forecasters_are_in_order():
    assert depths_of(TABLE) == ["0.05", "0.1", "0.3"]
    assert groups_of(TABLE) == ["marl", "schist"]
    assert groups_of(TABLE[TABLE["group"] == "all"]) == ["all"]
    assert forecasters_of(TABLE, ["a", "c", "b"]) == ["a", "b"]


def test_few_keeps_both_ends():
    assert few(list(range(12)), 4)[0::3] == [0, 11]
    assert few([], 3) == []


def test_labels():
    assert [cell_label(*cell) for cell in (("marl", "0.1"), ("all", "0.1"), ("all", "all"))] == [
        *("marl, 10 cm", "10 cm", "all series"),
    ]
    assert joined("a", "", "b") == "a, b"
