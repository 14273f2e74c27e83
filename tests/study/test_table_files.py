"""Tables of a run folder: names stay text, whatever they look like."""

import numpy as np
import pandas as pd

from thetamix.study.table_files import read_table, write_csv


def test_names_in_tables_stay_text(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("forecaster,seed,geology,depth,value,low\nNA,1,None,0.1,0.5,\n")
    table = read_table(path)
    assert table.loc[0, ["forecaster", "seed", "geology", "depth"]].tolist() == ["NA", "1", "None", "0.1"]
    assert np.isnan(table.loc[0, "low"])


def test_round_trip(tmp_path):
    table = pd.DataFrame({"cluster": ["01", "nan", ""], "value": [0.1 + 0.2, np.nan, 1e-300], "n": [1, 2, 3]})
    write_csv(table, tmp_path / "table.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.csv"), table)
