"""Tables of a run folder: names stay text, whatever they look like."""

import importlib
import pkgutil

import numpy as np
import pandas as pd

import thetamix.evaluation
from thetamix.evaluation.settings import TAKEN, Evaluation
from thetamix.study.table_files import read_table, write_csv, write_table


def test_names_in_tables_stay_text(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("forecaster,seed,geology,depth,value,low\nNA,1,None,0.1,0.5,\n")
    table = read_table(path, "geology")
    assert table.loc[0, ["forecaster", "seed", "group", "depth"]].tolist() == ["NA", "1", "None", "0.1"]
    assert np.isnan(table.loc[0, "low"])


def test_round_trip(tmp_path):
    table = pd.DataFrame({"cluster": ["01", "nan", ""], "value": [0.1 + 0.2, np.nan, 1e-300], "n": [1, 2, 3]})
    write_csv(table, tmp_path / "table.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "table.csv"), table)


def test_groups_are_called_as_users_call_them(tmp_path):
    table = pd.DataFrame({"by": ["group", "depth"], "group": ["2", "3"], "value": [0.5, 1.0]})
    write_table(table, tmp_path / "table.csv", "soil_type")
    assert (tmp_path / "table.csv").read_text().splitlines()[:2] == ["by,soil_type,value", "soil_type,2,0.5"]
    assert read_table(tmp_path / "table.csv", "soil_type")["group"].tolist() == ["2", "3"]


def test_an_attribute_takes_no_name_of_another_column():
    modules = [
        importlib.import_module(f"thetamix.evaluation.{m.name}")
        for m in pkgutil.iter_modules(thetamix.evaluation.__path__)
    ]
    columns = {
        c
        for m in modules
        for name in ("COLUMNS", "SPREAD_COLUMNS")
        if isinstance(cs := getattr(m, name, None), list)
        for c in cs
    }
    assert "n" in columns
    assert columns - {"group"} <= TAKEN
    assert Evaluation(group_by=["n", "depth"]).group_name == "group"
    assert Evaluation(group_by=["climate", "depth"]).group_name == "climate"
