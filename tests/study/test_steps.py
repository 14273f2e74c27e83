"""What is done again, what is not, and who may work in a folder."""

import gc
import json
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.study.steps import KEYS, Step, locked, run_steps, step_key
from thetamix.system.errors import InputError, ThetamixError


class Kitchen:
    """A pipeline of three steps: dough and filling make the pie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {"dough": {"flour": 3, "water": 2}, "filling": "plums", "pie": None}
        self.versions = dict.fromkeys(self.settings, 1)
        self.after = {"dough": [], "filling": [], "pie": ["dough", "filling"]}
        self.skip: set[str] = set()
        self.said: list[str] = []

    def run(self, breaks_in: str = "") -> list[str]:
        """Give the names of the steps that were worked on."""
        worked = []

        def work(name: str) -> None:
            worked.append(name)
            (self.folder / f"{name}.txt").write_text(str(self.settings[name]))
            if name == breaks_in:
                raise KeyboardInterrupt

        steps = [
            Step(
                name,
                self.settings[name],
                self.after[name],
                [f"{name}.txt"],
                lambda _key, name=name: work(name),
                self.versions[name],
            )
            for name in self.settings
            if name not in self.skip
        ]
        self.said = []
        if breaks_in:
            with pytest.raises(KeyboardInterrupt):
                run_steps(self.folder, steps, self.said.append)
        else:
            assert run_steps(self.folder, steps, self.said.append) == worked
        return worked


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path)


def test_everything_once_then_nothing(kitchen):
    assert kitchen.run() == ["dough", "filling", "pie"]
    assert kitchen.said == ["dough: to do", "filling: to do", "pie: to do"]
    assert kitchen.run() == []
    assert kitchen.said == ["dough: up to date", "filling: up to date", "pie: up to date"]


def test_changed_settings_reach_all_that_comes_after_and_are_named(kitchen):
    kitchen.run()
    kitchen.settings["dough"]["water"] = 4
    assert kitchen.run() == ["dough", "pie"]
    assert "dough: out of date (water changed)" in kitchen.said
    assert "pie: out of date (what it reads changed)" in kitchen.said
    kitchen.settings["filling"] = "apples"
    assert kitchen.run() == ["filling", "pie"]
    assert "filling: out of date (settings changed)" in kitchen.said


def test_keys_that_come_and_go_are_named(kitchen):
    kitchen.run()
    kitchen.settings["dough"] = {"flour": 3, "salt": 1}
    kitchen.run()
    assert "dough: out of date (salt, water changed)" in kitchen.said


def test_a_raised_version_makes_the_step_due(kitchen):
    kitchen.run()
    kitchen.versions["filling"] = 2
    assert kitchen.run() == ["filling", "pie"]


def test_another_order_of_steps_before_makes_the_step_due(kitchen):
    kitchen.run()
    kitchen.after["pie"] = ["dough"]
    assert kitchen.run() == ["pie"]


def test_going_back_to_old_settings_is_a_change_as_well(kitchen):
    kitchen.run()
    kitchen.settings["filling"] = "apples"
    kitchen.run()
    kitchen.settings["filling"] = "plums"
    assert kitchen.run() == ["filling", "pie"]
    assert (kitchen.folder / "filling.txt").read_text() == "plums"


def test_a_missing_output_is_made_again_alone(kitchen):
    kitchen.run()
    (kitchen.folder / "dough.txt").unlink()
    assert kitchen.run() == ["dough"]
    assert "dough: to do again (dough.txt is missing)" in kitchen.said


@pytest.mark.parametrize("apart", [True, False])
def test_an_output_of_another_size_is_made_again_where_no_other_command_writes_it(tmp_path, apart):
    def write(_: str) -> None:
        (tmp_path / "out").write_text("whole")

    step = Step("one", None, [], ["out", "table of other studies"], write, apart=apart)
    said: list[str] = []
    run_steps(tmp_path, [step], said.append)
    (tmp_path / "out").write_text("half")
    run_steps(tmp_path, [step], said.append)
    run_steps(tmp_path, [step], said.append)
    due = "one: to do again (out is not what was written)"
    assert said == ["one: to do", due if apart else "one: up to date", "one: up to date"]


def test_all_that_a_folder_held_is_looked_for(tmp_path):
    def draw(_: str) -> None:
        (tmp_path / "figures").mkdir(exist_ok=True)
        for name in "ab":
            (tmp_path / "figures" / name).write_text(name)

    said: list[str] = []
    steps = [Step("draw", None, [], ["figures/"], draw)]
    run_steps(tmp_path, steps, said.append)
    (tmp_path / "figures" / "a").unlink()
    run_steps(tmp_path, steps, said.append)
    (tmp_path / "figures" / "b").write_text("of the user's choice")
    run_steps(tmp_path, steps, said.append)
    assert said == ["draw: to do", "draw: to do again (figures/a is missing)", "draw: up to date"]
    run_steps(tmp_path, [], said.append)
    assert list((tmp_path / "figures").iterdir()) == []


def test_hidden_files_and_folders_in_a_folder_are_nobodys(tmp_path):
    folder = tmp_path / "figures"

    def draw(_: str) -> None:
        (folder / "kept").mkdir(parents=True, exist_ok=True)
        for name in ("a", ".thumbnails"):
            (folder / name).write_text(name)

    said: list[str] = []
    steps = [Step("draw", None, [], ["figures/"], draw)]
    run_steps(tmp_path, steps, said.append)
    (folder / ".thumbnails").unlink()
    (folder / "kept").rmdir()
    run_steps(tmp_path, steps, said.append)
    assert said == ["draw: to do", "draw: up to date"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b"null"])
def test_a_damaged_record_is_no_record(kitchen, damage):
    kitchen.run()
    (kitchen.folder / KEYS / "filling.json").write_bytes(damage)
    assert kitchen.run() == ["filling"]
    assert kitchen.run() == []


def test_an_interrupted_step_is_done_again(kitchen):
    assert kitchen.run(breaks_in="filling") == ["dough", "filling"]
    assert kitchen.run() == ["filling", "pie"]


def test_a_step_that_breaks_when_it_is_made_again_is_not_taken_for_its_old_self(kitchen):
    kitchen.run()
    kitchen.settings["filling"] = "apples"
    kitchen.run(breaks_in="filling")
    kitchen.settings["filling"] = "plums"  # the old key, but half of the new output
    assert kitchen.run() == ["filling"]  # the pie was made of plums
    assert (kitchen.folder / "filling.txt").read_text() == "plums"


def test_a_killed_step_is_done_again(tmp_path):
    code = """
import os, signal, sys
from pathlib import Path
from thetamix.study.steps import Step, run_steps
folder = Path(sys.argv[1])
def work(key):
    (folder / "out").write_text("half")
    if len(sys.argv) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    (folder / "out").write_text("whole")
print(run_steps(folder, [Step("one", 1, [], ["out"], work)], print))
"""
    dies, lives = (
        subprocess.run([sys.executable, "-c", code, str(tmp_path), *extra], capture_output=True, text=True)
        for extra in (["die"], [])
    )
    assert dies.returncode == -signal.SIGKILL
    assert lives.stdout == "one: to do\n['one']\n"
    assert (tmp_path / "out").read_text() == "whole"


def test_a_damaged_record_of_a_removed_step_is_removed(kitchen):
    kitchen.run()
    (kitchen.folder / KEYS / "pie.json").write_text("{")
    kitchen.skip = {"pie"}
    assert kitchen.run() == []
    assert not (kitchen.folder / KEYS / "pie.json").exists()


def test_what_a_removed_step_wrote_is_removed(kitchen):
    kitchen.run()
    kitchen.skip = {"pie"}
    assert kitchen.run() == []
    assert not (kitchen.folder / "pie.txt").exists()
    assert not (kitchen.folder / KEYS / "pie.json").exists()
    assert (kitchen.folder / "dough.txt").exists()
    kitchen.skip = set()
    assert kitchen.run() == ["pie"]


def test_outputs_that_another_step_took_over_stay(tmp_path):
    def step(name: str) -> Step:
        return Step(name, None, [], ["shared"], lambda _: (tmp_path / "shared").write_text(name))

    run_steps(tmp_path, [step("old")], lambda _: None)
    run_steps(tmp_path, [step("new")], lambda _: None)
    assert (tmp_path / "shared").read_text() == "new"


def test_what_is_costly_stays_when_it_leaves_and_is_current_when_it_comes_back(tmp_path):
    done = []

    def step(name: str, costly: bool) -> Step:
        def work(_: str) -> None:
            done.append(name)
            (tmp_path / name).write_text("")

        return Step(name, None, [], [name], work, costly=costly)

    said: list[str] = []
    steps = [step("fit", True), step("table", False)]
    run_steps(tmp_path, steps, said.append)
    (tmp_path / "gone").write_text("")
    run_steps(tmp_path, [], said.append)
    assert (tmp_path / "fit").exists()
    assert not (tmp_path / "table").exists()
    assert said[-1] == "removing table: it is not of this study any more"
    run_steps(tmp_path, steps, said.append)
    assert done == ["fit", "table", "table"]


def test_leftovers_of_a_killed_process_are_swept(tmp_path):
    (tmp_path / "deep").mkdir()
    leftover = tmp_path / "deep" / ".big.nc.abc.part"
    leftover.write_text("half")
    with locked(tmp_path):
        assert not leftover.exists()


def test_the_key_of_a_step_reaches_its_work(tmp_path):
    taken = []
    step = Step("one", {"a": 1}, [], [], taken.append)
    run_steps(tmp_path, [step], lambda _: None)
    assert taken == [step_key(step, {})]


# Side by side


class WorkerPool:
    """Two workers in this process; what was begun last is done first."""

    def __init__(self, job: Callable[..., None]) -> None:
        self.job = job
        self.jobs: list[tuple] = []
        self.most = 0

    @property
    def busy(self) -> bool:
        return len(self.jobs) >= 2

    @property
    def idle(self) -> bool:
        return not self.jobs

    def start(self, *job: object) -> None:
        self.jobs.append(job)
        self.most = max(self.most, len(self.jobs))

    def next_done(self) -> dict[str, Exception | None]:
        name, *arguments = self.jobs.pop()
        try:
            self.job(*arguments)
        except Exception as failure:
            return {name: failure}
        return {name: None}


def side_by_side(
    folder: Path, breaks: Mapping[str, Exception] = MappingProxyType({}), *, alone: bool = False
) -> tuple[list[str], WorkerPool]:
    """Five fits beside each other after a split, then a score; gives the order in which they ended."""
    ended: list[str] = []

    def work(name: str) -> None:
        if name in breaks:
            raise breaks[name]
        ended.append(name)

    def step(name: str, after: list[str], waits_for: list[str], *, apart: bool) -> Step:
        return Step(name, None, after, [], lambda _: work(name), waits_for=waits_for, apart=apart)

    fits = [f"fit {number}" for number in range(5)]
    steps = [
        step("split", [], [], apart=False),
        *(step(name, [], ["split"], apart=True) for name in fits),
        step("score", fits, [], apart=False),
    ]
    worker_pool = WorkerPool(lambda _folder, name, _key: work(name))
    run_steps(folder, steps, lambda _: None, None if alone else worker_pool)
    return ended, worker_pool


def test_what_may_go_apart_does_and_everything_waits_for_what_it_reads(tmp_path):
    ended, worker_pool = side_by_side(tmp_path)
    assert ended[0] == "split"
    assert ended[-1] == "score"
    assert sorted(ended[1:-1]) == [f"fit {number}" for number in range(5)]
    assert ended[1] == "fit 1"  # begun second, ended first
    assert worker_pool.most == 2
    assert side_by_side(tmp_path)[0] == []


def test_what_is_made_again_waits_for_what_it_reads_at_second_hand(tmp_path):
    ended: list[str] = []

    def work(name: str) -> None:
        ended.append(name)
        (tmp_path / name).write_text("")

    def step(name: str, after: list[str], *, apart: bool) -> Step:
        return Step(name, None, after, [name], lambda _: work(name), apart=apart)

    steps = [
        step("fit", [], apart=True),
        step("forecast", [], apart=True),
        step("score", ["forecast"], apart=False),
        step("report", ["score"], apart=False),
    ]
    run_steps(tmp_path, steps, lambda _: None)
    (tmp_path / "forecast").unlink()
    (tmp_path / "report").unlink()
    ended.clear()
    run_steps(tmp_path, steps, lambda _: None, WorkerPool(lambda _folder, name, _key: work(name)))
    assert ended == ["forecast", "report"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_defect_does_not_end_the_rest_and_is_raised_as_it_is(tmp_path, alone):
    breaks = {"fit 1": ThetamixError("too hot"), "fit 2": ZeroDivisionError()}
    with pytest.raises(ZeroDivisionError):
        side_by_side(tmp_path, breaks, alone=alone)
    again, _ = side_by_side(tmp_path, alone=alone)
    assert sorted(again) == ["fit 1", "fit 2", "score"]


def test_what_a_failed_step_held_is_let_go(tmp_path):
    class Windows:
        pass

    held = []

    def fail(_key: str) -> None:
        windows = Windows()
        held.append(weakref.ref(windows))
        try:
            raise ValueError
        except ValueError as error:
            raise ThetamixError("too hot") from error

    def look(_key: str) -> None:
        gc.collect()
        assert held[0]() is None

    steps = [Step("fit 1", None, [], [], fail, apart=True), Step("fit 2", None, [], [], look, apart=True)]
    with pytest.raises(ThetamixError, match=r"^fit 1: too hot$"):
        run_steps(tmp_path, steps, lambda _: None)


@pytest.mark.parametrize("alone", [True, False])
def test_one_failure_does_not_end_the_rest(tmp_path, alone):
    with pytest.raises(ThetamixError, match=r"^fit 2: too hot$") as raised:
        side_by_side(tmp_path, {"fit 2": ThetamixError("too hot")}, alone=alone)
    assert raised.value.exit_code == 1
    # Only what failed, and what waits for it.
    assert side_by_side(tmp_path, alone=alone)[0] == ["fit 2", "score"]


def test_what_failed_in_the_same_way_is_said_once(tmp_path):
    breaks = {"fit 0": InputError("no rain"), "fit 3": InputError("no rain"), "fit 4": InputError("no sun")}
    with pytest.raises(InputError, match=r"^fit 0, fit 3: no rain; and fit 4: no sun$"):
        side_by_side(tmp_path, breaks, alone=True)
    breaks["fit 4"] = ThetamixError("too hot")
    with pytest.raises(ThetamixError, match=r"no rain; and fit 4: too hot$") as raised:
        side_by_side(tmp_path, breaks, alone=True)
    assert raised.value.exit_code == 1  # not all of it is the user's to mend


def test_a_failure_is_said_when_it_happens_while_others_go_on(tmp_path):
    def fail(_key: str) -> None:
        raise ThetamixError("too hot")

    steps = [
        Step("fit 1", None, [], [], fail, apart=True),
        Step("fit 2", None, [], [], lambda _: said.append("at work"), apart=True),
    ]
    said: list[str] = []
    with pytest.raises(ThetamixError):
        run_steps(tmp_path, steps, said.append)
    assert said == ["fit 1: to do", "fit 1: failed (too hot); the others go on", "fit 2: to do", "at work"]


def test_a_step_that_only_waits_is_not_out_of_date_with_what_it_waits_for(tmp_path):
    def steps(version: int) -> list[Step]:
        split = Step("split", None, [], [], lambda _: None, version)
        return [split, Step("fit", None, [], [], lambda _: None, waits_for=["split"])]

    assert run_steps(tmp_path, steps(1), lambda _: None) == ["split", "fit"]
    assert run_steps(tmp_path, steps(2), lambda _: None) == ["split"]


def test_what_is_costly_is_foreseen_once_right_before_the_first_of_it_begins(tmp_path):
    said: list[str] = []

    def foresee(keys: dict[str, str]) -> None:
        said.append(f"{len(keys)} to come: {', '.join(keys)}")
        assert keys == {step.name: step_key(step, {}) for step in steps if step.name in keys}

    def step(name: str, *, costly: bool) -> Step:
        return Step(name, None, [], [], lambda _: None, costly=costly)

    steps = [step("split", costly=False), step("fit 1", costly=True)]
    run_steps(tmp_path, steps, said.append, foresee=foresee)
    assert said == ["split: to do", "1 to come: fit 1", "fit 1: to do"]
    said.clear()
    steps += [step("fit 2", costly=True), step("fit 3", costly=True)]
    run_steps(tmp_path, steps, said.append, foresee=foresee)
    assert said[2:] == ["2 to come: fit 2, fit 3", "fit 2: to do", "fit 3: to do"]
    said.clear()
    run_steps(tmp_path, steps, said.append, foresee=foresee)
    assert not [line for line in said if "to come" in line]


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(plain, plain)
def test_keys_are_equal_where_settings_are(one, other):
    keys = [step_key(Step("s", settings, [], [], print), {}) for settings in (one, other)]
    assert (keys[0] == keys[1]) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_the_order_of_keys_in_settings_does_not_matter():
    a, b = (Step("s", settings, [], [], print) for settings in ({"a": 1, "b": 2}, {"b": 2, "a": 1}))
    assert step_key(a, {}) == step_key(b, {})
    assert step_key(a, {}) != step_key(Step("t", a.settings, [], [], print), {})
