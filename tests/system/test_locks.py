import os
import signal
import socket
import subprocess
import sys

import pytest

from thetamix.study.steps import LOCK, locked
from thetamix.system.errors import InputError

HOLDER = """
import sys, time
from pathlib import Path
from thetamix.study.steps import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_held_by_another_process_is_refused_until_that_process_is_killed(tmp_path):
    folder = tmp_path / "new" / "run"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        message = rf"held by process {holder.pid} on {socket.gethostname()}; wait .*--out"
        for _ in range(2):
            with pytest.raises(InputError, match=message), locked(folder):
                pytest.fail("two processes in one folder")
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    with locked(folder):
        assert (folder / LOCK).read_text() == f"process {os.getpid()} on {socket.gethostname()}"


def test_a_folder_is_free_again_after_the_block_and_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path), pytest.raises(InputError, match="held by"), locked(tmp_path):
        pytest.fail("the folder was given twice")
    with locked(tmp_path):
        pass


def test_a_file_in_the_place_of_the_folder_is_an_input_error(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match="choose another --out"), locked(tmp_path / "run"):
        pytest.fail("a file was taken for a folder")


COUNTER = """
import sys
from pathlib import Path
from thetamix.system.errors import InputError
from thetamix.system.locks import held
lock, count = Path(sys.argv[1]), Path(sys.argv[2])
done = 0
while done < 100:
    try:
        with held(lock, count, "-o"):
            count.write_text(str(int(count.read_text()) + 1))
            done += 1
    except InputError:
        pass
"""


def test_a_lock_that_comes_and_goes_lets_one_process_in_at_a_time(tmp_path):
    lock, count = tmp_path / ".lock", tmp_path / "count"
    count.write_text("0")
    program = [sys.executable, "-c", COUNTER, str(lock), str(count)]
    several = [subprocess.Popen(program) for _ in range(4)]
    assert [process.wait(60) for process in several] == [0] * 4
    assert count.read_text() == "400"
    assert not lock.exists()
