"""A study written for a network names what is there and complete enough, passes the check, and runs."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from thetamix.network.netcdf import write_network
from thetamix.study.resolve import load_study

HOUR = np.timedelta64(1, "h")


@pytest.fixture
def proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thetamix):
    """Write a network and a study of it, check the two together, and return the study as YAML has it."""
    monkeypatch.chdir(tmp_path)

    def make(network, *words):
        write_network(network, tmp_path / "my network.nc")
        said = thetamix("init", *words, "my network.nc")
        assert said.code == 0, said.err
        assert "look it through, then `thetamix run study.yml`" in said.out
        checked = thetamix("check", "my network.nc", "--study", "study.yml")
        assert checked.code == 0, checked.out
        load_study(tmp_path / "study.yml")
        return yaml.safe_load((tmp_path / "study.yml").read_text(encoding="utf-8"))

    return make


def gaps(rng: np.random.Generator, shape: tuple[int, ...], share: float) -> np.ndarray:
    return np.where(rng.random(shape) < share, np.nan, 0.1)


def test_what_is_there_is_named(proposed, make_network):
    rng = np.random.default_rng(0)
    plain = proposed(
        make_network(
            clusters=6,
            steps=800,
            geology=np.array(["marl", "schist"] * 3, dtype=object),
            owner=xr.Variable("cluster", np.array(["the same"] * 6, dtype=object)),
            plot=xr.Variable("cluster", np.array(list("abcdef"), dtype=object)),
            clay=xr.Variable("cluster", np.array([0.1, 0.2, 0.3, np.nan, 0.1, 0.2])),
            discharge=gaps(rng, (6, 800), 0.1),
            potential_evapotranspiration=np.full((6, 800), np.nan),
            reference_soil_moisture=rng.uniform(0.2, 0.3, (6, 2, 800)),
        ),
        "paper",
    )
    assert plain["network"] == "my network.nc"
    assert plain["training"] == {"preset": "paper", "sequence": "80d"}
    assert plain["quality"]["replicates"] == "all"
    assert plain["inputs"] == {
        "forcing": ["precipitation", "air_temperature", {"discharge": "optional"}],
        "attributes": ["elevation", "geology"],
    }
    assert plain["split"]["block"] == "90d"
    assert plain["evaluation"]["group_by"] == ["geology", "depth"]
    assert plain["forecasters"]["annual cycle"] == {"kind": "annual_cycle", "by": ["geology", "depth"]}
    assert "reference" in plain["forecasters"]
    assert "condLSTM" in plain["forecasters"]


def test_a_short_hourly_network_of_single_sensors_without_attributes(proposed, make_network):
    network = make_network(steps=1000, step=HOUR, replicates=1, elevation=None, geology=None, depths=(0.1,))
    plain = proposed(network)
    assert plain["training"] == {"preset": "fast", "sequence": "100h"}
    assert plain["inputs"]["attributes"] == []
    assert plain["split"]["block"] == "2d"
    assert plain["evaluation"]["group_by"] == ["depth"]
    assert set(plain["forecasters"]) == {"3G-LSTM", "annual cycle", "annual cycle of the series"}


def test_gaps_make_replicates_any_and_forcing_optional(proposed, make_network):
    rng = np.random.default_rng(1)
    readings = rng.uniform(0.2, 0.4, (3, 2, 3, 500)) + gaps(rng, (3, 2, 3, 500), 0.4)
    rain = np.where(np.arange(500) % 60 < 3, np.nan, 0.1) * np.ones((3, 1))
    plain = proposed(make_network(readings, precipitation=rain))
    assert plain["quality"]["replicates"] == "any"
    assert plain["inputs"]["forcing"][0] == {"precipitation": "optional"}
    assert plain["inputs"]["forcing"][1] == "potential_evapotranspiration"


def test_without_weather_it_runs(proposed, make_network, thetamix):
    bare = dict.fromkeys(["precipitation", "potential_evapotranspiration", "air_temperature"])
    plain = proposed(make_network(steps=60, **bare))
    assert plain["inputs"]["forcing"] == []
    assert set(plain["forecasters"]) == {"annual cycle", "annual cycle of the series"}
    quick = plain | {"seeds": [1], "evaluation": {"bootstrap": {"draws": 2, "block_draws": 5}}}
    Path("study.yml").write_text(yaml.safe_dump(quick), encoding="utf-8")
    assert thetamix("run", "study.yml", "--out", "run").code == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["papper", "n.nc"], "unknown preset 'papper'; did you mean \"paper\"?"),
        (["papper"], "no preset and no network 'papper'; presets: did you mean \"paper\"?"),
        (["n.nc"], "n.nc"),
        (["fast", "paper"], "init takes one preset and one network"),
    ],
)
def test_wrong_words_are_told(thetamix, tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    said = thetamix("init", *words)
    assert said.code == 2
    assert expected in said.err
    assert not Path("study.yml").exists()
