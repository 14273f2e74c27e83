"""What is said before the first fit."""

from dataclasses import replace

from thetamix.study.plan import PlannedFit, plan_lines

COND = PlannedFit(forecaster="condLSTM", epochs=8, may_stop=True, windows=410_233, per_epoch=60_000, unit="windows")
MANY = PlannedFit(forecaster="s2m", epochs=8, may_stop=False, windows=1_200, per_epoch=None, unit="stretches")


def test_fits_of_two_models():
    fits = [COND, MANY, replace(COND, windows=400_000), MANY]
    assert plan_lines(fits, 2) == [
        "plan: 4 fits, 2 at a time",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 400,000 to 410,233 windows",
        "  s2m (2 seeds): 8 epochs of 1,200 stretches",
    ]


def test_one_fit_alone():
    assert plan_lines([replace(COND, epochs=1, per_epoch=10**6)], 4) == [
        "plan: 1 fit",
        "  condLSTM (1 seed): up to 1 epoch of 410,233 windows",
    ]


def test_what_goes_on_is_told():
    assert plan_lines([replace(COND, begun=True), COND], 1) == [
        "plan: 2 fits",
        "  condLSTM (2 seeds): up to 8 epochs of 60,000 out of 410,233 windows; 1 of them begun already",
    ]
