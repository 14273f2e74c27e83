"""Workers: whether there are cores to spare."""

import os
import signal
import time
from pathlib import Path

from thetamix.system.progress import Progress
from thetamix.system.workers import cores_to_spare, open_worker_pool

LONG = 30.0


def wait_for(path: Path) -> None:
    last = time.monotonic() + LONG
    while not path.exists():
        assert time.monotonic() < last, path
        time.sleep(0.01)


def look(folder: Path, name: str) -> None:
    """Write the number of the process and, each time that somebody asks, whether there are cores to spare."""
    (folder / f"process {name}").write_text(str(os.getpid()))
    for question in range(3):
        wait_for(folder / f"asked {name} {question}")
        answer = folder / f"answer {name} {question}"
        (folder / "draft").write_text(str(cores_to_spare()))
        (folder / "draft").rename(answer)


def ask(folder: Path, name: str, question: int) -> bool:
    (folder / f"asked {name} {question}").touch()
    answer = folder / f"answer {name} {question}"
    wait_for(answer)
    return answer.read_text() == "True"


def test_without_a_crew_all_cores_are_ours():
    assert cores_to_spare()


def test_there_are_cores_to_spare_while_a_worker_has_nothing_to_do(tmp_path):
    with open_worker_pool(2, look, Progress()) as worker_pool:
        assert worker_pool is not None
        worker_pool.start("a", tmp_path, "a")
        assert ask(tmp_path, "a", 0)
        worker_pool.start("b", tmp_path, "b")
        assert not ask(tmp_path, "a", 1)
        assert not any(ask(tmp_path, "b", question) for question in range(3))
        assert worker_pool.next_done() == {"b": None}
        assert ask(tmp_path, "a", 2)
        assert worker_pool.next_done() == {"a": None}
        assert worker_pool.idle


def test_the_core_of_a_worker_that_was_killed_is_free(tmp_path):
    class Asks(Progress):
        """Asks the one that is left, which does one job after the other."""

        def say(self, line: str) -> None:
            assert "a worker was killed" in line
            for name in "ab":
                for question in range(3):
                    (tmp_path / f"answer {name} {question}").unlink(missing_ok=True)
                    (tmp_path / f"asked {name} {question}").touch()

    with open_worker_pool(2, look, Asks()) as worker_pool:
        assert worker_pool is not None
        for name in "ab":
            worker_pool.start(name, tmp_path, name)
        assert not ask(tmp_path, "a", 0)
        assert not ask(tmp_path, "b", 0)
        os.kill(int((tmp_path / "process b").read_text()), signal.SIGKILL)
        ended = {}
        while not worker_pool.idle:
            ended |= worker_pool.next_done()
        assert ended == {"a": None, "b": None}
        assert worker_pool.size == 1
        answers = [path.read_text() for path in tmp_path.glob("answer *")]
        assert answers == ["True"] * 6
