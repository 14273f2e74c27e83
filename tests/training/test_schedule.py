"""Learning rates against torch's own schedulers, and which epoch is taken."""

import pytest
import torch

from thetamix.training.schedule import best_epoch, learning_rate, may_stop
from thetamix.training.settings import Training

PLAN = Training().model_copy(
    update={
        "epochs": 5,
        "batch": 32,
        "learning_rate": 3e-3,
        "learning_rate_policy": "one_cycle",
        "learning_rate_factor": 0.5,
        "windows_per_epoch": None,
        "drop_optional": 0.0,
        "patience": None,
        "notebook": False,
    }
)


def adam() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=3e-3)


def test_one_cycle_is_torchs():
    # Torch turns at step 0.3 n - 1 of steps numbered 0 to n - 1; ours counts what is done: the same, one step apart.
    steps = 101
    optimizer = adam()
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, cycle_momentum=False)
    for step in range(steps - 1):
        turn = 0.3 * steps - 1
        share = 0.3 * step / turn if step <= turn else 0.3 + 0.7 * (step - turn) / (steps - 1 - turn)
        assert learning_rate(PLAN, 1, share) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-6)
        optimizer.step()
        theirs.step()


def test_decay_is_torchs_exponential():
    plan = PLAN.model_copy(update={"learning_rate_policy": "decay"})
    optimizer = adam()
    theirs = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    for epoch in range(1, 6):
        for share in (0.0, 0.9):
            assert learning_rate(plan, epoch, share) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def history(*crps: float) -> list[dict[str, float]]:
    return [{"epoch": float(epoch), "validation_crps": value} for epoch, value in enumerate(crps, start=1)]


@pytest.mark.parametrize(
    ("policy", "epochs", "crps", "best"),
    [
        ("decay", 5, [0.02, 0.01, 0.03], 2),
        ("decay", 5, [0.02, 0.02], 1),  # no better: the first
        ("one_cycle", 4, [0.01, 0.02], None),
        ("one_cycle", 4, [0.01, 0.02, 0.04], 3),
        ("one_cycle", 4, [0.01, 0.02, 0.04, 0.03], 4),
        ("one_cycle", 5, [0.01, 0.02, 0.03], None),  # at 0.6 of the cycle; the rate is half its peak at 0.65
        ("one_cycle", 5, [0.01, 0.02, 0.04, 0.03, 0.05], 4),
        ("one_cycle", 1, [0.05], 1),
    ],
)
def test_the_best_epoch_is_one_that_has_settled(policy, epochs, crps, best):
    assert (
        best_epoch(PLAN.model_copy(update={"learning_rate_policy": policy, "epochs": epochs}), history(*crps)) == best
    )


@pytest.mark.parametrize(
    ("policy", "epochs", "patience", "may"),
    [
        ("decay", 4, None, False),
        ("decay", 4, 3, False),  # the third epoch after the first is the last one anyway
        ("decay", 5, 3, True),
        ("one_cycle", 4, 3, False),  # preset fast: the rate has fallen in the third epoch
        ("one_cycle", 10, 3, False),
        ("one_cycle", 12, 3, True),
    ],
)
def test_training_may_stop_where_an_epoch_can_be_waited_upon(policy, epochs, patience, may):
    schedule = PLAN.model_copy(update={"learning_rate_policy": policy, "epochs": epochs, "patience": patience})
    assert may_stop(schedule) is may
    # The same, by going through all that validation could say.
    stops = False
    for best in range(1, epochs + 1):
        history = [{"epoch": e, "validation_crps": 0.0 if e == best else 1.0 + e} for e in range(1, epochs)]
        for done in range(1, epochs):
            chosen = best_epoch(schedule, history[:done])
            stops |= patience is not None and chosen is not None and done - chosen >= patience
    assert stops is may


def test_without_a_validation_part_no_epoch_is_best():
    assert best_epoch(PLAN, [{"epoch": 5.0, "nll": 0.3}]) is None
