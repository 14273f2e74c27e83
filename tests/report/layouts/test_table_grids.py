"""Tables cut for paper."""

import numpy as np
import pandas as pd
import pytest

from thetamix.report.layouts.table_grids import pieces


@pytest.mark.parametrize(
    ("counts", "widths"),
    [([3, 3], [6]), ([9, 9, 9], [9, 9, 9]), ([4, 5, 6, 1], [9, 7]), ([12, 1], [12, 1]), ([], [0])],
)
def test_wide_tables_are_cut_between_scores(counts, widths):
    columns = [(f"score {s}", f"f{f}") for s, count in enumerate(counts) for f in range(count)]
    index = pd.MultiIndex.from_tuples(columns) if columns else pd.MultiIndex.from_arrays([[], []])
    table = pd.DataFrame(np.arange(2.0 * len(columns)).reshape(2, -1), columns=index)
    cut = pieces(table, most=10)
    assert [piece.shape[1] for piece in cut] == widths
    pd.testing.assert_frame_equal(pd.concat(cut, axis=1), table)
