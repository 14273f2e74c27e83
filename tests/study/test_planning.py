"""What is said before the first fit."""

from dataclasses import replace

from thetamix.study.outlook import PlannedFit
from thetamix.study.planning import plan_lines

COND = PlannedFit(
    tag="condLSTM-s1",
    model="condLSTM",
    windows=410_233,
    held_back=70_000,
    per_epoch=60_000,
    batch=32,
    epochs=8,
    may_stop=True,
    unit="windows",
    cost=1.0,
    gigabytes=0.94,
)
MANY = replace(
    COND,
    tag="s2m-s1",
    model="s2m",
    windows=1_200,
    per_epoch=None,
    may_stop=False,
    unit="stretches",
    gigabytes=1.26,
)


def test_fits_of_two_models():
    fits = [COND, MANY, replace(COND, tag="condLSTM-s2", windows=400_000), replace(MANY, tag="s2m-s2")]
    assert plan_lines(fits, 2) == [
        "plan: 4 fits, 2 at a time, about 1.3 GB of memory each",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 400,000 to 410,233 windows",
        "  s2m (2 seeds): 8 epochs of 1,200 stretches",
    ]


def test_one_fit_alone():
    assert plan_lines([replace(COND, epochs=1, per_epoch=10**6)], 4) == [
        "plan: 1 fit, about 0.9 GB of memory",
        "  condLSTM (1 seed): up to 1 epoch of 410,233 windows",
    ]


def test_what_goes_on_is_told():
    fits = [replace(COND, done=0.4), replace(COND, tag="condLSTM-s2")]
    assert plan_lines(fits, 1) == [
        "plan: 2 fits, about 0.9 GB of memory each",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 410,233 windows; 1 of them begun already",
    ]
