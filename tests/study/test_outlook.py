"""How long fits will take, against cases that were computed by hand."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetamix.study import outlook
from thetamix.study.outlook import Outlook, PlannedFit, makespan, work_of_window

#: 10 epochs of 100 steps, without validation.
FIT = PlannedFit(
    tag="a-s1",
    model="a",
    windows=3200,
    held_back=0,
    per_epoch=None,
    batch=32,
    epochs=10,
    may_stop=False,
    unit="windows",
    cost=1.0,
    gigabytes=0.5,
)


class Told:
    """An outlook, a clock that is set by hand, and what was said."""

    def __init__(self, *fits: PlannedFit, workers: int = 1) -> None:
        self.lines: list[str] = []
        self.now = 0.0
        self.outlook = Outlook(fits, workers, self.lines.append, lambda: self.now)

    def hear(self, now: float, tag: str, share: float) -> list[str]:
        self.now = now
        self.outlook.hear(tag, share)
        return self.lines


@pytest.mark.parametrize(
    ("seconds", "workers", "last"),
    [([], 2, 0), ([5], 3, 5), ([3, 1, 1, 2], 1, 7), ([3, 1, 1, 2], 2, 4), ([2, 2, 2], 2, 4), ([1, 9], 2, 9)],
)
def test_the_last_job_ends(seconds, workers, last):
    assert makespan(seconds, workers) == last


def test_a_job_is_faster_on_the_cores_that_others_left():
    # Ten seconds' work is left after the first ten; two cores do 1.65 of it in a second.
    assert makespan([20, 10], 2, [2, 1]) == pytest.approx(10 + 10 / 1.65)
    assert makespan([20, 10], 2, [1, 2]) == 20
    # One job alone: its pace was measured with both.
    assert makespan([20], 2, [2]) == 20
    # Three cores for two, then for one, which takes no more than two.
    assert makespan([10, 5], 3, [2, 2]) == pytest.approx(5 + 5 / (1.65 / 1.325))


def test_the_work_of_a_window_grows_with_its_length_and_faster_than_its_units():
    work = partial(work_of_window, compiled=True)
    assert work(256, 1, 64) == 2 * work(128, 1, 64) == work(128, 2, 64)
    assert 2 < work(128, 1, 128) / work(128, 1, 64) < 4
    assert work_of_window(128, 2, 64, compiled=False) > work(128, 2, 64)


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 8))
def test_workers_share_the_work_within_grahams_bounds(seconds, workers):
    # Graham (1966), doi:10.1002/j.1538-7305.1966.tb01709.x: list scheduling.
    last, even, longest = makespan(seconds, workers), sum(seconds) / workers, max(seconds)
    assert max(even, longest) <= last * (1 + 1e-9)
    assert last <= (even + longest * (1 - 1 / workers)) * (1 + 1e-9)


def test_work_counts_validations_when_their_epoch_has_ended(monkeypatch):
    monkeypatch.setattr(outlook, "VALIDATION", {"windows": 0.2, "stretches": 0.6})
    fit = replace(FIT, held_back=300)
    assert fit.work(0) == 0
    assert fit.work(0.05) == 1600
    assert fit.work(0.1) == 3200  # the epoch has ended, its validation has not begun
    assert fit.work(0.15) == pytest.approx(4800 + 60)
    assert fit.work() == pytest.approx(32000 + 600)
    assert replace(fit, held_back=10**9).work() == pytest.approx(32000 + 10 * 4000)
    assert replace(fit, per_epoch=1000).work() == pytest.approx(10000 + 600)
    assert replace(fit, held_back=30_000, unit="stretches").work() == pytest.approx(32000 + 10 * 18000)


def test_one_fit_is_timed_after_a_hundred_steps():
    told = Told(FIT)
    assert told.hear(0, "a-s1", 0.0) == []
    assert told.hear(60, "a-s1", 0.02) == []  # reading and building took a minute: it does not come again
    assert told.hear(67.9, "a-s1", 0.1) == []
    # 100 steps in 10 s: 880 are left.
    assert told.hear(70, "a-s1", 0.12) == ["time: about 88 s for the fit"]
    assert told.hear(300, "a-s1", 0.9) == ["time: about 88 s for the fit"]


def test_a_fit_that_failed_is_not_waited_for():
    told = Told(FIT, replace(FIT, tag="b-s1", model="b"), workers=2)
    told.hear(0, "a-s1", 0.02)
    told.hear(0, "b-s1", 0.02)
    assert told.hear(1, "b-s1", 1.0) == []  # it has ended, too early to have a pace
    assert told.hear(10, "a-s1", 0.12) == ["time: about 88 s for the fit"]


def test_a_hundred_steps_in_no_time_are_waited_for():
    told = Told(FIT)
    assert told.hear(0, "a-s1", 0.02) == []
    assert told.hear(0.3, "a-s1", 0.32) == []
    # 600 steps in 2 s: 380 are left.
    assert told.hear(2, "a-s1", 0.62) == ["time: about 1 s for the fit"]


def test_fits_that_have_not_begun_are_scaled_by_their_work():
    other = replace(FIT, tag="b-s1", model="b", windows=9600, cost=2.0)  # six times the work
    told = Told(FIT, other, replace(FIT, tag="a-s2"))
    told.hear(0, "a-s1", 0.1)
    # A tenth in 10 s: 80 s are left of this, 600 s of b and 100 s of a with the other seed.
    assert told.hear(10, "a-s1", 0.2) == ["time: about 13 min for the 3 fits"]


def test_workers_are_waited_for_and_share_the_work():
    other = replace(FIT, tag="b-s1", model="b", may_stop=True)
    told = Told(FIT, other, replace(FIT, tag="a-s2"), replace(other, tag="b-s2"), workers=2)
    told.hear(0, "a-s1", 0.1)
    assert told.hear(10, "a-s1", 0.2) == []
    told.hear(10, "b-s1", 0.1)
    # b takes four times as long for the same work: 320 s are left, while a takes 80 s, then 100 s, then b 400 s.
    assert told.hear(50, "b-s1", 0.2) == ["time: at most about 10 min for the 4 fits"]


def test_what_an_earlier_run_has_done_is_not_counted():
    told = Told(replace(FIT, done=0.5), replace(FIT, tag="a-s2", done=0.9), replace(FIT, tag="a-s3"))
    told.hear(0, "a-s1", 0.52)
    # A tenth takes 60 s: 0.38, 0.1 and 1 of a fit are left.
    assert told.hear(60, "a-s1", 0.62) == ["time: about 15 min for the 3 fits"]


def test_a_fit_that_ends_before_it_can_be_timed_leaves_that_to_the_next():
    told = Told(replace(FIT, done=0.95), replace(FIT, tag="a-s2"))
    for now, share in ((0, 0.97), (3, 1.0)):
        assert told.hear(now, "a-s1", share) == []
    told.hear(4, "a-s2", 0.1)
    assert told.hear(14, "a-s2", 0.2) == ["time: about 80 s for the fit"]


def test_the_pace_leaves_validations_out():
    # 2 epochs of 100 steps; a validation is as much work as 50 steps.
    told = Told(replace(FIT, epochs=2, held_back=8000))
    told.hear(0, "a-s1", 0.25)
    # 50 steps, a validation and 50 steps took 150 s; 50 steps and a validation are left.
    assert told.hear(150, "a-s1", 0.75) == ["time: about 2 min for the fit"]


def test_forecasts_are_not_listened_to():
    told = Told(FIT)
    for now in range(100):
        assert told.hear(now, "forecast a-s1", now / 100) == []
