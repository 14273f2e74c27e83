"""A file that exists is whole, whatever happens while it is written."""

import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from thetamix.system.errors import InputError, ThetamixError
from thetamix.system.files import atomic_path, require_file, sha256, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_half(target: Path, error: BaseException) -> None:
    with atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error


def test_the_file_appears_at_the_end_and_its_folder_is_made(tmp_path):
    target = tmp_path / "a" / "b" / "table.csv"
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert names(target.parent) == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, RuntimeError, OSError, SystemExit])
def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path, error):
    target = tmp_path / "table.csv"
    write_text(target, "old")
    raised = error("in the middle")
    with pytest.raises(error) as caught:
        write_half(target, raised)
    assert caught.value is raised
    assert raised.__cause__ is None
    assert target.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_a_killed_writer_leaves_the_old_file(tmp_path):
    target = tmp_path / "table.csv"
    write_text(target, "old")
    code = (
        "import sys, time; from pathlib import Path; from thetamix.system.files import atomic_path\n"
        "with atomic_path(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half'); print('writing', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert target.read_text() == "old"


def test_permissions_are_those_of_any_new_file(tmp_path):
    write_text(tmp_path / "ours", "")
    (tmp_path / "theirs").write_text("")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "theirs").stat().st_mode)
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_reported_as_such(tmp_path, number):
    target = tmp_path / "table.csv"
    write_text(target, "old")
    with pytest.raises(ThetamixError, match=r"table\.csv: .*the disk is full") as caught:
        write_half(target, OSError(number, "no space"))
    assert caught.value.exit_code == 1
    assert target.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_a_library_that_hides_a_full_disk_is_not_believed(tmp_path, monkeypatch):
    # netCDF4 says "NetCDF: HDF error".
    full = SimpleNamespace(f_bavail=1, f_frsize=4096)
    monkeypatch.setattr("thetamix.system.files.os.statvfs", lambda _: full)
    with pytest.raises(ThetamixError, match="the disk is full"), atomic_path(tmp_path / "x.nc"):
        raise RuntimeError("NetCDF: HDF error")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_device_is_reported(tmp_path):
    with pytest.raises(ThetamixError, match="the disk is full"), atomic_path(tmp_path / "x"):
        Path("/dev/full").write_text("x" * 100_000)


def test_a_file_where_a_folder_should_be_is_the_users_to_change(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"cannot be written.*choose another place"):
        write_text(tmp_path / "file" / "table.csv", "")


def test_a_folder_where_the_file_should_be_is_the_users_to_change(tmp_path):
    (tmp_path / "table.csv").mkdir()
    with pytest.raises(InputError, match=r"table\.csv: is a folder; give the name of a file in it"):
        write_text(tmp_path / "table.csv", "")
    assert names(tmp_path) == ["table.csv"]


def test_hash_is_that_of_the_bytes(tmp_path):
    data = bytes(range(256)) * 5000
    (tmp_path / "data").write_bytes(data)
    assert sha256(tmp_path / "data") == hashlib.sha256(data).hexdigest()


def test_require_file(tmp_path):
    (tmp_path / "there").write_text("")
    assert require_file(tmp_path / "there", "study") == tmp_path / "there"
    with pytest.raises(InputError, match="absent: no such study file"):
        require_file(tmp_path / "absent", "study")
    with pytest.raises(InputError, match="this is a folder, not a network file"):
        require_file(tmp_path, "network")


def test_two_writers_at_once_leave_one_whole_file(tmp_path):
    code = (
        "import sys; from pathlib import Path; from thetamix.system.files import write_text\n"
        "for _ in range(100): write_text(Path(sys.argv[1]), sys.argv[2] * 50_000)\n"
    )
    target = tmp_path / "table"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(target), letter]) for letter in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if target.exists():
            seen.add(target.read_text())
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert seen | {target.read_text()} <= {"a" * 50_000, "b" * 50_000}
    assert names(tmp_path) == ["table"]
