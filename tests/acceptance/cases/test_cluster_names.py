"""Clusters with names in any script, of any length, through import and export."""

from pathlib import Path

import pandas as pd
import pytest

MAPPING = """\
about: {title: t, source: s}
step: 1h
utc_offset: "+00:00"
stamp: end
sensors: {file: s.csv, sensor: sensor, cluster: cluster, depth: {column: depth, unit: cm}}
soil_moisture: {file: soil.csv, time: time, unit: m3 m-3}
"""


@pytest.mark.parametrize(
    "names",
    [("Ä", "Ö"), ("北京", "上海"), ("-o", ".."), ("a/b", "a\\b"), ("../../up", "CON"), ("L" * 300, "L" * 300 + "M")],
)
def test_export_of_odd_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thetamix, names):
    monkeypatch.chdir(tmp_path)
    Path("raw").mkdir()
    Path("m.yml").write_text(MAPPING)
    Path("raw/s.csv").write_text(f"sensor,cluster,depth\na,{names[0]},10\nb,{names[1]},10\n", encoding="utf-8")
    Path("raw/soil.csv").write_text("time,a,b\n2021-01-01 01:00,0.2,0.3\n2021-01-01 02:00,0.2,0.3\n")
    assert thetamix("import", "csv", "raw", "--mapping", "m.yml", "-o", "n.nc").code == 0
    said = thetamix("export", "n.nc", "deep/er")
    assert said.code == 0, said.err
    assert "2 series" in said.out
    table = pd.read_csv("deep/er/attributes/attributes.csv", dtype=str)
    assert set(table["cluster"]) == set(names)
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    ids = {f"deep/er/time_series/{name}.nc" for name in table["gauge_id"]}
    inputs = {"m.yml", "n.nc", "raw/s.csv", "raw/soil.csv"}
    assert written - inputs == {*ids, "deep/er/attributes/attributes.csv", "deep/er/series.txt"}
