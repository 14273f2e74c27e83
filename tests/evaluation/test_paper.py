"""The paper's own totals from its own cells, by our aggregation; and where its tables contradict themselves.

Bischof et al. (2025), Tables 2, 3, F1 and F2: nine cells each, marl, schist and sandstone at 10, 30 and 50 cm.
"""

import numpy as np
import pandas as pd
import pytest

from thetamix.evaluation.estimates import ALL
from thetamix.evaluation.long_table import score_table
from thetamix.report.layouts.score_tables import layout

GEOLOGY = ["marl", "schist", "sandstone"]
PLACES = [(cluster, depth) for cluster in range(3) for depth in (0.1, 0.3, 0.5)]

# Columns of Table 2 and the totals printed above them.
TABLE_2 = {
    ("kge", "condLSTM"): ([0.282, 0.578, 0.300, 0.640, 0.719, 0.605, 0.552, 0.522, 0.404], 0.511),
    ("kge", "3G-LSTM"): ([0.547, 0.573, 0.472, 0.572, 0.655, 0.515, 0.545, 0.499, 0.267], 0.516),
    ("kge", "ERA5-Land"): ([0.352, 0.452, 0.612, 0.413, 0.326, 0.223, 0.560, 0.343, 0.366], 0.406),
    ("kge", "baseline"): ([0.203, 0.198, 0.137, 0.083, 0.169, 0.253, 0.316, 0.289, 0.221], 0.208),
    ("rank_correlation", "condLSTM"): (
        [0.649, 0.702, 0.716, 0.722, 0.723, 0.735, 0.713, 0.730, 0.650],
        0.704,
    ),
    ("rank_correlation", "3G-LSTM"): (
        [0.661, 0.740, 0.709, 0.706, 0.737, 0.760, 0.766, 0.718, 0.721],
        0.721,
    ),
    ("rank_correlation", "ERA5-Land"): (
        [0.623, 0.731, 0.762, 0.713, 0.759, 0.736, 0.840, 0.866, 0.785],
        0.757,
    ),
    ("rank_correlation", "baseline"): (
        [0.407, 0.324, 0.416, 0.436, 0.457, 0.512, 0.478, 0.554, 0.566],
        0.461,
    ),
}
# Table F1: cells of MSE and RMSE; printed RMSE of all, 10, 30 and 50 cm.
TABLE_F1 = {
    "condLSTM": (
        [0.0020, 0.0011, 0.0017, 0.0015, 0.0006, 0.0003, 0.0017, 0.0007, 0.0007],
        [0.0438, 0.0330, 0.0412, 0.0387, 0.0239, 0.0181, 0.0405, 0.0263, 0.0254],
        [0.0334, 0.0410, 0.0278, 0.0282],
    ),
    "3G-LSTM": (
        [0.0020, 0.0015, 0.0019, 0.0016, 0.0012, 0.0007, 0.0017, 0.0008, 0.0008],
        [0.0441, 0.0378, 0.0435, 0.0396, 0.0340, 0.0265, 0.0407, 0.0278, 0.0364],
        [0.0364, 0.0414, 0.0332, 0.0332],
    ),
    "ERA5-Land": (
        [0.0051, 0.0033, 0.0033, 0.0204, 0.0201, 0.0272, 0.0055, 0.0140, 0.0095],
        [0.0704, 0.0577, 0.0574, 0.1429, 0.1416, 0.1650, 0.0742, 0.1181, 0.0977],
        [0.1097, 0.0958, 0.1058, 0.1067],
    ),
}
# Table F2: log-likelihood of both models, the printed ratio; totals and geologies of Table 3.
COND = [1.403, 1.641, 1.318, 0.181, 0.479, 1.675, 1.516, 1.786, 1.937]
THREE = [1.478, 1.788, 1.399, 0.262, 0.255, 1.648, 1.603, 1.899, 2.009]
RATIO = [-0.075, -0.148, -0.051, -0.081, 0.224, 0.026, -0.088, -0.113, -0.072]
TABLE_3 = {
    "condLSTM": {"marl": 1.454, "schist": 0.778, "sandstone": 1.746, ALL: 1.326},
    "3G-LSTM": {"marl": 1.555, "schist": 0.722, "sandstone": 1.837, ALL: 1.371},
}
RATIO_TOTALS = {"marl": -0.091, "schist": 0.057, "sandstone": -0.091, ALL: -0.042}
CRPS = {
    "condLSTM": (
        [0.028, 0.022, 0.031, 0.052, 0.043, 0.024, 0.026, 0.019, 0.016],
        {"marl": 0.027, "schist": 0.040, "sandstone": 0.021, ALL: 0.029},
    ),
    "3G-LSTM": (
        [0.026, 0.020, 0.029, 0.052, 0.041, 0.023, 0.025, 0.018, 0.015],
        {"marl": 0.025, "schist": 0.039, "sandstone": 0.019, ALL: 0.028},
    ),
}


@pytest.fixture
def from_cells(scored_series, made_up_scores):
    """Aggregate cells by forecaster and score, each made by one series."""

    def make(columns: dict[str, dict[str, list[float]]]) -> pd.DataFrame:
        results = {
            (forecaster, 1): [
                scored_series(cluster, depth, {name: cells[number] for name, cells in scores.items()})
                for number, (cluster, depth) in enumerate(PLACES)
            ]
            for forecaster, scores in columns.items()
        }
        return score_table(*made_up_scores(results, GEOLOGY))

    return make


def value(table: pd.DataFrame, forecaster: str, score: str, group: str = ALL, depth: str = ALL) -> float:
    wanted = {"forecaster": forecaster, "score": score, "group": group, "depth": depth}
    wanted |= {"seed": ALL, "cluster": ALL}
    [found] = table[np.all([table[name] == text for name, text in wanted.items()], axis=0)]["value"]
    return float(found)


def test_table_2s_totals_are_the_means_of_its_cells_but_for_one(from_cells):
    wrong = []
    for (score, forecaster), (cells, printed) in TABLE_2.items():
        total = value(from_cells({forecaster: {score: cells}}), forecaster, score)
        assert total == pytest.approx(np.mean(cells))
        if abs(total - printed) > 0.001:  # nine rounded numbers, and their mean is rounded again
            wrong.append((score, forecaster, printed, round(total, 3)))
    assert wrong == [("rank_correlation", "3G-LSTM", 0.721, 0.724)]


def test_table_f1s_totals_and_the_cell_that_is_not_the_root_of_its_mse(from_cells):
    wrong = []
    for forecaster, (mse, rmse, _) in TABLE_F1.items():
        for place, square, root in zip(PLACES, mse, rmse, strict=True):
            # A mean of roots is at most the root of the mean; MSE is printed to 5e-5.
            if root > np.sqrt(square + 6e-5):
                wrong.append((forecaster, *place))
    assert wrong == [("3G-LSTM", 2, 0.5)]
    mended = [*TABLE_F1["3G-LSTM"][1][:8], float(np.sqrt(0.0008))]
    assert mended[8] == pytest.approx(0.0283, abs=1e-4)
    for forecaster, (_, rmse, printed) in TABLE_F1.items():
        cells = mended if forecaster == "3G-LSTM" else rmse
        table = from_cells({forecaster: {"mse": list(np.square(cells)), "rmse": cells}})
        # The total is the root of the mean MSE, the rows of depths are means of RMSEs.
        assert value(table, forecaster, "rmse_of_mean_mse") == pytest.approx(printed[0], abs=1e-4)
        for depth, one in zip(("0.1", "0.3", "0.5"), printed[1:], strict=True):
            mean = value(table, forecaster, "rmse", depth=depth)
            if (forecaster, depth) == ("3G-LSTM", "0.5"):
                assert mean == pytest.approx(0.0328, abs=1e-4)  # 0.0332 is printed, as for 30 cm
            else:
                assert mean == pytest.approx(one, abs=1e-4)


def test_table_f2s_ratios_are_differences_of_its_log_likelihoods_but_for_one():
    differences = np.subtract(COND, THREE)
    wrong = np.flatnonzero(np.abs(differences - RATIO) > 0.0016)
    assert [PLACES[number] for number in wrong] == [(0, 0.5)]
    assert differences[wrong] == pytest.approx(-0.081)


def test_table_3_comes_from_table_f2_with_its_slip(from_cells):
    columns = {"condLSTM": {"log_likelihood": COND}, "3G-LSTM": {"log_likelihood": THREE}}
    table = from_cells(columns)
    for forecaster, printed in TABLE_3.items():
        for group, one in printed.items():
            assert value(table, forecaster, "log_likelihood", group) == pytest.approx(one, abs=0.0015)
    right = {
        group: value(table, "condLSTM", "log_likelihood", group) - value(table, "3G-LSTM", "log_likelihood", group)
        for group in RATIO_TOTALS
    }
    wrong = {group for group, printed in RATIO_TOTALS.items() if abs(right[group] - printed) > 0.0016}
    # The slip at 50 cm went into the mean of marl and from there into the total.
    assert wrong == {"marl", ALL}
    assert right["marl"] == pytest.approx(-0.101, abs=5e-4)
    assert right[ALL] == pytest.approx(-0.045, abs=5e-4)
    printed_cells = np.array(RATIO)
    assert printed_cells[:3].mean() == pytest.approx(RATIO_TOTALS["marl"], abs=5e-4)
    assert printed_cells.mean() == pytest.approx(RATIO_TOTALS[ALL], abs=5e-4)


def test_table_3s_crps_comes_from_table_f2(from_cells):
    table = from_cells({forecaster: {"crps": cells} for forecaster, (cells, _) in CRPS.items()})
    for forecaster, (_, printed) in CRPS.items():
        for group, one in printed.items():
            assert value(table, forecaster, "crps", group) == pytest.approx(one, abs=0.0011)


def test_the_layouts_show_these_numbers_in_the_papers_rows(from_cells):
    table = from_cells({"condLSTM": {"log_likelihood": COND}, "3G-LSTM": {"log_likelihood": THREE}})
    shown = layout(table, "table_3", ratio=("condLSTM", "3G-LSTM"))
    assert shown.index.tolist() == ["Total average", "marl average", "sandstone average", "schist average"]
    assert shown["Log-likelihood", "condLSTM"].tolist() == ["1.326", "1.454", "1.746", "0.778"]
    assert shown["Ratio", "condLSTM − 3G-LSTM"].tolist() == ["-0.045", "-0.101", "-0.091", "0.057"]
    cells = layout(table, "table_f2", ratio=("condLSTM", "3G-LSTM"))
    assert cells.loc["marl – 50 cm", ("Ratio", "condLSTM − 3G-LSTM")] == "-0.081"
