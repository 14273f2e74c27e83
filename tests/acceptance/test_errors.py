"""Every error that a user can make has one message that says what is wrong, where, and what to do."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from thetamix.network.netcdf import EPOCH
from thetamix.system.files import write_text

from .conftest import Said, Workspace

Command = Callable[..., Said]


def refused(said: Said, *words: str, code: int = 2) -> None:
    assert said.code == code, said.err
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1
    for word in words:
        assert word in said.err


def refused_network(workspace: Workspace, thetamix: Command, network: xr.Dataset, *words: str) -> None:
    workspace.write_network(network)
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), str(workspace.network), *words)


def test_file_missing(workspace: Workspace, thetamix: Command) -> None:
    refused(thetamix("run", workspace.folder / "nothing.yml"), "nothing.yml", "no such study")
    workspace.network.unlink()
    refused(thetamix("run", workspace.study), str(workspace.network), "no such network")


def test_not_a_network(workspace: Workspace, thetamix: Command) -> None:
    write_text(workspace.network, "date,rain\n2013-01-01,2\n")
    refused(thetamix("run", workspace.study), str(workspace.network), "not a readable NetCDF file")
    refused_network(workspace, thetamix, xr.Dataset({"rain": ("time", [1.0])}), "not a network", "soil_moisture")


def test_cut_in_half(workspace: Workspace, thetamix: Command) -> None:
    whole = workspace.network.read_bytes()
    workspace.network.write_bytes(whole[: len(whole) // 2])
    refused(thetamix("run", workspace.study), str(workspace.network), "cut in half")


def test_damaged_inside(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    encoding: dict[str, object] = {"time": {"units": EPOCH}}
    encoding |= {name: {"zlib": True, "fletcher32": True} for name in ("soil_moisture", "precipitation")}
    simulated.to_netcdf(workspace.network, engine="netcdf4", encoding=encoding)
    content = bytearray(workspace.network.read_bytes())
    for start in range(len(content) // 5, len(content) - 4000, 4000):
        content[start : start + 2000] = bytes(2000)
    workspace.network.write_bytes(bytes(content))
    said = thetamix("run", workspace.study)
    assert said.code in (1, 2)
    assert said.err.startswith("error: ")
    assert str(workspace.network) in said.err


def test_variable_missing(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    refused_network(workspace, thetamix, simulated.drop_vars("soil_moisture"), "soil_moisture missing")
    workspace.write_network(simulated.drop_vars("air_temperature"))
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), "no forcing 'air_temperature'")
    workspace.write_network(simulated.drop_vars("soil_type"))
    refused(
        thetamix("run", workspace.study, "--out", workspace.folder / "run"), "no attribute 'soil_type'", "known are"
    )


def test_unknown_unit(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    simulated = simulated.copy()
    simulated["precipitation"] = simulated["precipitation"].assign_attrs(units="furlong")
    refused_network(workspace, thetamix, simulated, "precipitation", "'furlong'", "'mm h-1'")


def test_percent(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    simulated = simulated.copy()
    simulated["soil_moisture"] = simulated["soil_moisture"] * 100
    simulated["soil_moisture"].attrs["units"] = "m3 m-3"
    name = str(simulated["cluster_id"].to_numpy()[0])
    refused_network(workspace, thetamix, simulated, "soil_moisture", name, "0.1 m", "percent", "divide by 100")


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (
            lambda stamps: np.concatenate([stamps[:10], stamps[11:], stamps[-1:] + np.timedelta64(1, "h")]),
            "regular",
        ),
        (lambda stamps: np.concatenate([stamps[:10], stamps[8:9], stamps[11:]]), "not increasing"),
        (lambda stamps: np.concatenate([stamps[:10], stamps[9:10], stamps[11:]]), "duplicated"),
    ],
)
def test_time(
    workspace: Workspace,
    thetamix: Command,
    simulated: xr.Dataset,
    spoil: Callable[[np.ndarray], np.ndarray],
    word: str,
) -> None:
    spoiled = simulated.assign_coords(time=("time", spoil(simulated["time"].to_numpy())))
    refused_network(workspace, thetamix, spoiled, "time", word, "2013-01-01T")


def test_no_complete_time_step(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    simulated = simulated.copy(deep=True)
    turn = np.arange(simulated.sizes["time"]) % 3
    for replicate in range(3):
        simulated["soil_moisture"][:, :, replicate, turn != replicate] = np.nan
    workspace.write_network(simulated)
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), "no series has a time step with all")


def test_empty_part(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(split={"scheme": "blocks", "block": "900d"})
    refused(
        thetamix("run", workspace.study, "--out", workspace.folder / "run"),
        "evaluation part is empty",
        "the longest series",
        "at 0.1 m",
        "complete steps",
    )
    workspace.write_study(split={"scheme": "period", "period": {"start": "2012-01-01", "end": "2020-01-01"}})
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), "training part is empty")


def test_forcing_missing_throughout(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    simulated = simulated.copy(deep=True)
    simulated["precipitation"][:] = np.nan
    workspace.write_network(simulated)
    refused(
        thetamix("run", workspace.study, "--out", workspace.folder / "run"), "precipitation is missing throughout"
    )


def test_forcing_that_is_not_there(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    workspace.write_network(simulated.drop_vars("precipitation"))
    refused(
        thetamix("run", workspace.study, "--out", workspace.folder / "run"),
        "no forcing 'precipitation'",
        "`thetamix import forcing`",
    )


def test_attribute_that_is_not_there(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    workspace.write_network(simulated.drop_vars("elevation"))
    workspace.write_study(inputs={"forcing": ["precipitation"], "attributes": ["elevation"]})
    said = thetamix("run", workspace.study, "--out", workspace.folder / "run")
    assert said.code == 2
    assert "no attribute 'elevation'" in said.err
    assert "import forcing" not in said.err


def test_no_window(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(training={"sequence": 20000, "hidden": 8, "epochs": 1})
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), "no window of 20000 steps")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"forcasters": {}}, ("unknown key 'forcasters'", 'did you mean "forecasters"')),
        ({"training": {"epoch": 3}}, ("training", "unknown key 'epoch'", 'did you mean "epochs"')),
        ({"split": {"scheme": "calender"}}, ("split.scheme", "calendar")),
        ({"seeds": "many"}, ("seeds", "list")),
        ({"forecasters": {"a": {"kind": "lstn"}}}, ("forecasters.a.kind", "'lstn'", 'did you mean "lstm"')),
        (
            {"forecasters": {"a": {"kind": "annual_cycle", "by": "depht"}}},
            ("forecasters.a.by", "'depht' is not a grouping"),
        ),
        (
            {"network": "network.nc", "inputs": {"forcing": []}},
            ("inputs.forcing", "name some", "leave forecasters of kind lstm out"),
        ),
    ],
)
def test_study(workspace: Workspace, thetamix: Command, changes: dict[str, object], words: tuple[str, ...]) -> None:
    workspace.write_study(**changes)
    refused(thetamix("run", workspace.study), str(workspace.study), *words)


def test_study_that_is_no_yaml(workspace: Workspace, thetamix: Command) -> None:
    workspace.study.write_text("name: [", encoding="utf-8")
    said = thetamix("run", workspace.study)
    assert said.code == 2
    assert "not a YAML file" in said.err
    workspace.study.write_bytes(b"\xff\xfe\x00")
    assert thetamix("run", workspace.study).code == 2


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        pytest.param("seeds:", "name: again\nseeds:", "name", id="at the top"),
        pytest.param("training:\n", "training:\n  hidden: 8\n", "hidden", id="in training"),
        pytest.param("forecasters:\n", "forecasters:\n  both: {kind: reference}\n", "both", id="two forecasters"),
    ],
)
def test_a_key_that_stands_twice(workspace: Workspace, thetamix: Command, old: str, new: str, key: str) -> None:
    workspace.write_study()
    text = workspace.study.read_text(encoding="utf-8")
    assert text.count(old) == 1
    text = text.replace(old, new)
    workspace.study.write_text(text, encoding="utf-8")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(f"{key}:")]
    assert len(lines) == 2
    said = thetamix("run", workspace.study)
    refused(said, f"{workspace.study}: line {lines[1]}: the key '{key}' stands twice (first in line {lines[0]})")


def test_unseen_category(workspace: Workspace, thetamix: Command) -> None:
    scheme = {"scheme": "clusters", "evaluation_share": 0.4}
    inputs = {"forcing": ["precipitation"], "attributes": ["geology"]}
    workspace.write_study(split=scheme, inputs=inputs)
    refused(
        thetamix("run", workspace.study, "--out", workspace.folder / "run"), "geology", "was not trained on", "unseen"
    )
    workspace.write_study(
        split=scheme,
        inputs=inputs | {"unseen": "zero"},
        forecasters={"3G-LSTM": {"kind": "lstm"}},
        seeds=[1],
    )
    assert thetamix("run", workspace.study, "--out", workspace.folder / "run").code == 0


def test_run_folder_held(workspace: Workspace, thetamix: Command) -> None:
    folder = workspace.folder / "run"
    hold = (
        "import sys, time; from pathlib import Path; from thetamix.study.steps import locked\n"
        f"with locked(Path({str(folder)!r})):\n    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused(thetamix("run", workspace.study, "--out", folder), f"held by process {holder.pid}", "wait")
        holder.kill()


def test_model_not_ours(workspace: Workspace, thetamix: Command) -> None:
    workspace.write_study(forecasters={"3G-LSTM": {"kind": "lstm"}}, seeds=[1])
    folder = workspace.folder / "run"
    assert thetamix("run", workspace.study, "--out", folder).code == 0
    model = folder / "fits" / "3G-LSTM-s1" / "model.json"
    model.write_text(json.dumps({"some": "model"}), encoding="utf-8")
    refused(
        thetamix("predict", folder, workspace.network, "-o", workspace.folder / "out.nc"),
        str(model),
        "not a model of thetamix",
    )
    said = thetamix("run", workspace.study, "--out", folder)
    assert said.code == 0
    assert "fit 3G-LSTM-s1: to do again (fits/3G-LSTM-s1/model.json is not what was written)" in said.out


def on_a_small_disk(place: Path, size: str, *command: object) -> subprocess.CompletedProcess[str]:
    """Give a command a file system of its own, in a mount namespace; the place's files come last in what it says."""
    place.mkdir(exist_ok=True)
    words = shlex.join([sys.executable, "-m", "thetamix.cli", *map(str, command)])
    script = f"mount -t tmpfs -o size={size} tmpfs {place} && {words}; code=$?; echo; ls -A {place}; exit $code"
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"no mount namespace here: {done.stderr.strip()}")
    return done


def test_disk_full(tmp_path: Path) -> None:
    done = on_a_small_disk(tmp_path, "64k", "simulate", tmp_path / "out.nc", "--clusters", "3", "--years", "0.1")
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert done.stdout.endswith("\n\n")


@pytest.mark.parametrize("size", ["4k", "12k", "300k"])
def test_disk_full_in_a_run(workspace: Workspace, tmp_path: Path, size: str) -> None:
    place = tmp_path / "small"
    done = on_a_small_disk(place, size, "run", workspace.study, "--out", place / "run", "--workers", "1")
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_import_errors_are_one_message(tmp_path: Path, thetamix: Command) -> None:
    refused(
        thetamix("import", "csv", tmp_path, "--mapping", tmp_path / "m.yml", "-o", tmp_path / "n.nc"),
        "m.yml",
    )


def test_unknown_command_and_option(thetamix: Command) -> None:
    assert thetamix("rnu").code == 2
    assert thetamix("run", "--nothing").code == 2


def test_simulate_refuses_an_unknown_cause(tmp_path: Path, thetamix: Command) -> None:
    refused(thetamix("simulate", tmp_path / "n.nc", "--years", "0.1", "--without", "nois"), "noise")


def test_one_day(workspace: Workspace, thetamix: Command, simulated: xr.Dataset) -> None:
    workspace.write_network(simulated.isel(time=slice(0, 24)))
    refused(thetamix("run", workspace.study, "--out", workspace.folder / "run"), "evaluation part is empty")
    refused_network(workspace, thetamix, simulated.isel(time=slice(0, 1)), "at least 2")
