"""Going through a network: what is asked, what is refused, what is told once."""

import numpy as np
import pytest

from thetamix.network.netcdf import write_network
from thetamix.quality.checks import examine, open_unchecked
from thetamix.system.errors import InputError


def test_what_is_no_network_is_refused(clean, tmp_path):
    with pytest.raises(InputError, match="variable soil_moisture missing"):
        examine(clean.drop_vars("soil_moisture"), "spoiled")
    with pytest.raises(InputError, match="not regular"):
        examine(clean.isel(time=np.r_[0:5, 7:20]), "spoiled")
    (tmp_path / "no.nc").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a readable NetCDF"):
        open_unchecked(tmp_path / "no.nc")
    with pytest.raises(InputError, match="no such network file"):
        open_unchecked(tmp_path / "none.nc")


def test_a_file_of_wrong_values_is_examined(clean, tmp_path):
    wrong = clean.isel(time=slice(0, 2000)).copy(deep=True)
    wrong["soil_moisture"][0] *= 100
    wrong["time"].encoding = {}
    path = tmp_path / "percent.nc"
    with pytest.raises(InputError, match="percent"):
        write_network(wrong, path)
    wrong.to_netcdf(path, engine="netcdf4", encoding={"time": {"units": "hours since 1970-01-01"}})
    with open_unchecked(path) as network:
        findings = examine(network, str(path))
    assert {f.check for f in findings if f.severity == "error"} == {"percent_or_counts"}
    assert {f.cluster for f in findings if f.severity == "error"} == {"M01"}


def test_what_most_clusters_share_is_told_once(clean):
    def late(clusters):
        shifted = clean["shortwave_radiation"].to_numpy().copy()
        shifted[clusters] = np.roll(shifted[clusters], 2, axis=-1)
        return clean.assign(shortwave_radiation=(("cluster", "time"), shifted))

    shared = [f.cluster for f in examine(late([0, 1, 3]), "s") if f.check == "radiation_clock"]
    assert shared == ["3 of 4 clusters"]
    alone = [f.cluster for f in examine(late([2]), "s") if f.check == "radiation_clock"]
    assert alone == ["Sa01"]


def test_progress_ends_at_one(clean):
    told = []
    examine(clean, "clean", progress=lambda share, name: told.append((share, name)))
    assert [name for _, name in told] == ["M01", "S01", "Sa01", "M02", "all clusters", ""]
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[3] < 1  # what comes after the clusters one by one takes time, too
    assert shares[-1] == 1


def test_a_network_without_replicates_forcing_and_places(make_network):
    # The least that is a network: no check may stumble.
    bare = make_network(
        np.random.default_rng(0).uniform(0.2, 0.3, (1, 1, 1, 40)),
        depths=(0.1,),
        precipitation=None,
        potential_evapotranspiration=None,
        air_temperature=None,
        elevation=None,
        geology=None,
    )
    assert [f for f in examine(bare, "bare") if f.severity != "note"] == []
