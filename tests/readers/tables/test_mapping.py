"""A mapping that is not understood is refused with the key and the nearest known one."""

import copy

import pytest
import yaml

from thetamix.readers.tables.mapping import Mapping, load_mapping
from thetamix.system.errors import InputError


def problem(folder, tmp_path) -> str:
    path = tmp_path / "m.yml"
    path.write_text(yaml.safe_dump(folder.mapping))
    with pytest.raises(InputError) as caught:
        load_mapping(path, Mapping)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("stmap", "end", "unknown key 'stmap'; did you mean \"stamp\"?"),
        ("soil_moisture.units", "%", "soil_moisture.0: unknown key 'units'; did you mean \"unit\"?"),
        ("forcing.0.variable", {}, "forcing.0: unknown key 'variable'; did you mean \"variables\"?"),
        ("sensors.depths", 1, "sensors: unknown key 'depths'; did you mean \"depth\"?"),
        ("about.titel", "x", "about: unknown key 'titel'; did you mean \"title\"?"),
        ("about.title", None, "about.title: is missing; add it"),
        ("sensors", None, "sensors: is missing; add it"),
        ("step", None, "step: is missing; add it"),
        ("step", "daily", "step: 'daily' is not a duration"),
        ("step", "0d", "step: '0d' is no time step"),
        ("stamp", "middle", "stamp: Input should be 'start' or 'end'"),
        ("utc_offset", "Europe/Luxembourg", "'Europe/Luxembourg' is not a fixed offset from UTC"),
        ("utc_offset", "CET", "'CET' is not a fixed offset from UTC; write '+01:00' in quotes"),
        ("utc_offset", "+15:00", "is not a fixed offset"),
        ("utc_offset", 1, "utc_offset: '1' is not a fixed offset"),
        ("decimal", ";", "decimal: Input should be '.' or ','"),
        ("delimiter", ";;", "delimiter: a delimiter is one character"),
        ("encoding", "utf-88", "encoding: unknown encoding 'utf-88'"),
        ("sensors.cluster", True, "sensors.cluster.column: must be text, found True; put it in quotes"),
        (
            "sensors.crs",
            "EPSG:2169",
            "sensors: easting and northing need crs (for example EPSG:2169), and crs needs",
        ),
        ("sensors.longitude", None, "sensors: latitude and longitude belong together"),
        ("sensors.replicate", {"column": "p", "pattern": "(A|B"}, "is not a regular expression"),
        ("sensors.replicate", {"column": "p", "pattern": "A"}, "needs one group in brackets"),
        ("soil_moisture.layout", "tall", "layout: Input should be 'wide', 'long' or 'single'"),
        ("soil_moisture.layout", "long", "soil_moisture.0: a long table needs sensor"),
        ("soil_moisture.value", "x", "soil_moisture.0: sensor and value are for layout: long"),
        ("soil_moisture", [], "soil_moisture: List should have at least 1 item"),
        ("forcing.0.station", "x", "forcing.0: with station (a long table) a variable has one column"),
        (
            "forcing.0.variables.precipitation",
            {"unit": "mm"},
            "precipitation: give either column, or columns",
        ),
        (
            "forcing.0.variables.precipitation",
            {"column": "x"},
            "variables.precipitation.unit: is missing; add it",
        ),
        ("stations", {"A": {"latitude": 91, "longitude": 0}}, "stations.A.latitude: "),
        ("stations", {"A": {"latitude": 1}}, "stations.A.longitude: is missing"),
        ("stations", {"file": "x.csv"}, "stations.station: is missing"),
        ("depths", {"nominal": [0.3, 0.1]}, "depths.nominal: depths [m] must increase"),
        ("depths", {"nominal": []}, "depths.nominal"),
        (
            "depths",
            {"nominal": [n / 10 for n in range(13)]},
            "depths.nominal: List should have at most 12 items",
        ),
        ("constants", {"karst": True}, "constants: karst: YAML takes yes, no, on and off for true and false"),
        ("period", {"start": "soon"}, "period.start"),
    ],
)
def test_what_is_wrong_is_named(folder, tmp_path, key, value, words):
    folder.set(key, value)
    assert words in problem(folder, tmp_path)


def test_not_yaml(tmp_path):
    path = tmp_path / "m.yml"
    for content, words in (
        ("about: [", "not a YAML file: line 1: "),
        ("just words", "is not a mapping file"),
        ("step: 1d\nstep: 1h\n", r"m\.yml: line 2: the key 'step' stands twice \(first in line 1\)"),
        ("- a\n- b\n", "is not a mapping file"),
        ("", "is not a mapping file"),
        ("? [a, b]\n: 1\n", "not a YAML file: line 1: "),
    ):
        path.write_text(content)
        with pytest.raises(InputError, match=words):
            load_mapping(path, Mapping)
    path.write_bytes("über: 1".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8 text"):
        load_mapping(path, Mapping)
    with pytest.raises(InputError, match="no such mapping file"):
        load_mapping(tmp_path / "none.yml", Mapping)


def test_numbers_as_people_write_them(folder, tmp_path):
    path = tmp_path / "m.yml"
    mapping = copy.deepcopy(folder.mapping)
    mapping["constants"] = {"sand": "SAND"}
    path.write_text(yaml.safe_dump(mapping).replace("SAND", "1e-3") + "missing: [-9999, -99.9, .5, 1E3, NODATA]\n")
    loaded = load_mapping(path, Mapping)
    assert loaded.constants == {"sand": 1e-3}
    assert loaded.missing == [-9999, -99.9, 0.5, 1000, "NODATA"]


def test_the_mapping_in_the_documentation(tmp_path):
    from thetamix.readers.tables import mapping

    _, _, rest = (mapping.__doc__ or "").partition("In short::\n")
    lines = [line for line in rest.split("\n``delimiter``")[0].splitlines() if line]
    path = tmp_path / "m.yml"
    path.write_text("\n".join(line[4:] for line in lines))
    loaded = load_mapping(path, Mapping)
    assert loaded.step == "1h"
    assert loaded.soil_moisture[0].sensor == ["plot", "port"]
    assert loaded.soil_moisture[0].where == {"measure": ["VWC"]}
    assert loaded.potential_evapotranspiration.method == "oudin"


def test_column_names_may_be_numbers(folder, tmp_path):
    folder.set("sensors.sensor", 1)
    folder.set("soil_moisture.time", [2020, 1])
    path = tmp_path / "m.yml"
    path.write_text(yaml.safe_dump(folder.mapping))
    loaded = load_mapping(path, Mapping)
    assert loaded.sensors.sensor.column == "1"
    assert loaded.soil_moisture[0].time == ["2020", "1"]
