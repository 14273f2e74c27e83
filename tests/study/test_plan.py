"""What is said before the first fit."""

from dataclasses import replace

from thetamix.forecasters.base import PlannedFit
from thetamix.study.plan import plan_lines

COND = PlannedFit(epochs=8, may_stop=True, windows=410_233, per_epoch=60_000, unit="windows")
MANY = PlannedFit(epochs=8, may_stop=False, windows=1_200, per_epoch=None, unit="stretches")


def test_fits_of_two_models():
    fits = [
        ("condLSTM", COND),
        ("s2m", MANY),
        ("condLSTM", replace(COND, windows=400_000)),
        ("s2m", MANY),
    ]
    assert plan_lines(fits, 2) == [
        "plan: 4 fits, 2 at a time",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 400,000 to 410,233 windows",
        "  s2m (2 seeds): 8 epochs of 1,200 stretches",
    ]


def test_one_fit_alone():
    assert plan_lines([("condLSTM", replace(COND, epochs=1, per_epoch=10**6))], 4) == [
        "plan: 1 fit",
        "  condLSTM (1 seed): up to 1 epoch of 410,233 windows",
    ]


def test_what_goes_on_is_told():
    assert plan_lines([("condLSTM", replace(COND, begun=True)), ("condLSTM", COND)], 1) == [
        "plan: 2 fits",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 410,233 windows; 1 of them begun already",
    ]
