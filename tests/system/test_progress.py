"""What a user sees: lines and bars at a terminal, plain lines elsewhere, everything in the log."""

import io
import logging
import re
import time
from itertools import count
from types import SimpleNamespace

import pytest
from rich.console import Console

from thetamix.system import progress as console
from thetamix.system.progress import INTERVAL, WHOLE, Progress, logged_to, spoken

SHOWN = 0.3  # seconds after which a bar was surely drawn: rich draws ten times a second
GONE = "\r\x1b[2K\x1b[?25h\r"  # the line is cleared, the cursor is back


@pytest.fixture
def paper():
    return io.StringIO()


@pytest.fixture
def screen():
    screen = io.StringIO()
    screen.isatty = lambda: True
    return screen


@pytest.fixture
def clock(monkeypatch):
    """One second passes at each look at the clock."""
    seconds = count()
    monkeypatch.setattr(console, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))


def test_lines_are_printed_as_they_are(paper):
    Progress(Console(file=paper, width=20)).say("[bold]c[1][/bold] 100 % of /a/very/long/path/to/a/file")
    assert paper.getvalue() == "[bold]c[1][/bold] 100 % of /a/very/long/path/to/a/file\n"


def test_what_is_said_is_logged_with_the_time_while_the_log_is_open(tmp_path, paper):
    progress, path = Progress(Console(file=paper)), tmp_path / "log.txt"
    for line in ("one %s ü", "two"):
        with logged_to(path):
            progress.say(line)
        progress.say("unheard")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["one %s ü", "two"]
    assert lines[0][:2] == "20"
    assert logging.getLogger("thetamix").handlers == []


def test_the_log_is_closed_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), logged_to(tmp_path / "log.txt"):
        raise ZeroDivisionError
    assert logging.getLogger("thetamix").handlers == []


def test_silence_without_a_console(tmp_path):
    progress = Progress()
    with logged_to(tmp_path / "log.txt"):
        progress.say("said")
        with progress.task("work") as report:
            report(0.5, "half")
    assert (tmp_path / "log.txt").read_text().endswith(" said\n")


@pytest.mark.usefixtures("clock")
def test_plain_lines_tell_the_share_the_note_and_the_time_left(paper):
    with Progress(Console(file=paper, width=200)).task("fit") as report:
        for step in range(1, 41):
            report(step / 40, f"loss {step}")
    lines = paper.getvalue().splitlines()
    # One second a step: at step 10, 30 steps are left.
    assert lines[0] == "  fit: 25%, loss 10, about 30 s left"
    assert lines[1] == "  fit: 50%, loss 20, about 20 s left"
    assert len(lines) == 3  # the end needs no line
    assert INTERVAL == 10.0


@pytest.mark.usefixtures("clock")
def test_what_went_on_from_earlier_work_does_not_take_it_for_speed(paper):
    with Progress(Console(file=paper, width=200)).task("fit") as report:
        for step in range(20, 41):
            report(step / 40, "")
    assert paper.getvalue().splitlines()[0] == "  fit: 72%, about 11 s left"


@pytest.mark.usefixtures("clock")
def test_a_single_look_tells_no_time(paper):
    progress = Progress(Console(file=paper, width=200))
    for _ in range(11):
        progress.update("fit", 0.0)
    progress.update("fit", 0.5)
    assert paper.getvalue() == "  fit: 50%\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (99.4, "99 s"),
        (100, "2 min"),
        (5940, "99 min"),
        (6000, "1 h 40 min"),
        (90000, "25 h 0 min"),
    ],
)
def test_times_are_said_as_one_would(seconds, words):
    assert spoken(seconds) == words


def test_the_bar_of_what_went_on_from_earlier_work_does_not_take_it_for_speed(screen):
    progress, seconds = Progress(Console(file=screen, force_terminal=True, width=100)), [0.0]
    with progress.task("fit") as report:
        progress._bars.get_time = lambda: seconds[0]
        for step in range(20, 31):
            seconds[0] += 1
            report(step / 40, "")
        (task,) = progress._bars.tasks
        assert task.percentage == 75
        assert task.speed == pytest.approx(WHOLE / 40, rel=0.01)


def test_quick_work_says_nothing(paper):
    with Progress(Console(file=paper)).task("fit") as report:
        for step in range(1000):
            report(step / 1000, "")
    assert paper.getvalue() == ""


@pytest.mark.usefixtures("clock")
def test_a_share_of_zero_is_no_division_by_zero(paper):
    with Progress(Console(file=paper)).task("fit") as report:
        for _ in range(30):
            report(0.0, "")
    assert paper.getvalue() == ""


def test_a_terminal_gets_a_bar_that_goes_away(screen):
    terminal = Console(file=screen, force_terminal=True, width=100)
    with Progress(terminal).task("fit s1") as report:
        report(0.3, "loss 1.5")
        time.sleep(SHOWN)
    text = screen.getvalue()
    assert "fit s1" in text
    assert "30 %" in text
    assert "loss 1.5" in text
    assert text.endswith(GONE)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_name_share_and_time_left_are_whole_on_a_terminal_of_any_width(screen, width):
    progress = Progress(Console(file=screen, force_terminal=True, width=width))
    note = "epoch 2 of 8, loss 0.321, validation NLL -0.512 CRPS 0.0123, 4,512 windows/s"
    for share in (0.1, 0.3):
        progress.update("condLSTM-s1", share, note)
    time.sleep(SHOWN)
    progress.close()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert re.search(r"condLSTM-s1 \S+ +30 % [-\d]:[-\d]{2}:[-\d]{2} epoch 2 of 8", text)
    for words in ("-0.512", "0.0123", "windows/s"):
        assert words in text
    assert "…" not in text


def test_several_things_go_on_side_by_side_at_a_terminal(screen):
    progress = Progress(Console(file=screen, force_terminal=True, width=100))
    progress.update("fit s1", 0.3, "loss 1.5")
    progress.update("fit s2", 0.6, "loss 1.1")
    time.sleep(SHOWN)
    progress.say("a line between")
    progress.finish("fit s1")
    progress.update("fit s2", 0.9)
    time.sleep(SHOWN)
    progress.finish("fit s2")
    progress.finish("never begun")
    text = screen.getvalue()
    for word in ("fit s1", "fit s2", "30 %", "60 %", "a line between"):
        assert word in text
    assert "\x1b[?25h" in text.rpartition("90 %")[2]  # the cursor is back


@pytest.mark.usefixtures("clock")
def test_things_that_go_on_side_by_side_have_lines_of_their_own(paper):
    progress = Progress(Console(file=paper, width=200))
    for step in range(1, 41):
        progress.update("one", step / 40)
        progress.update("two", step / 80)
    lines = paper.getvalue().splitlines()
    # Two seconds a step: at step 6, 34 steps of one and 74 of the other are left.
    assert next(line for line in lines if "one" in line) == "  one: 15%, about 68 s left"
    assert next(line for line in lines if "two" in line) == "  two: 8%, about 2 min left"
    assert [line.split(":")[0].strip() for line in lines[:4]] == ["one", "two", "one", "two"]


@pytest.mark.usefixtures("clock")
def test_a_task_begins_anew_after_its_end(paper):
    progress = Progress(Console(file=paper, width=200))
    for _ in range(2):
        with progress.task("fit") as report:
            for step in range(1, 12):
                report(step / 20, "")
    assert paper.getvalue().splitlines() == ["  fit: 50%, about 10 s left"] * 2
