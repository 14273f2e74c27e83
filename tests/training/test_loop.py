"""The loop: the same bits interrupted or not, the loss that it says, and a model that learns."""

import itertools
import math
import signal
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import norm

from thetamix.inputs.windows import Windows
from thetamix.mixture.loss import mixture_nll
from thetamix.model import recurrence
from thetamix.system.errors import InputError, ThetamixError
from thetamix.training import loop, state
from thetamix.training.checkpoint import FILE, load_checkpoint, save_checkpoint
from thetamix.training.loop import FitJob, fit
from thetamix.training.notebook import notebook_nll
from thetamix.training.settings import Training
from thetamix.training.validation import validate

SEQUENCE = 3
SCHEDULE = Training().model_copy(
    update={
        "epochs": 4,
        "batch": 16,
        "learning_rate": 1e-2,
        "learning_rate_factor": 0.5,
        "drop_optional": 0.25,
    }
)
OPTIONAL = [("precipitation", False), ("discharge", True)]  # three dynamic inputs


def toy(count: int = 50, seed: int = 0, noise: float = 0.3) -> Windows:
    """Windows whose target is half of the last value of the first input, two replicates, some missing."""
    rng = np.random.default_rng(seed)
    forcing = rng.normal(size=(count + SEQUENCE - 1, 3)).astype(np.float32)
    forcing[:, 2] = 1  # the discharge is there
    target = 0.5 * forcing[SEQUENCE - 1 :, :1] + noise * rng.normal(size=(count, 2))
    target[rng.random(count) < 0.3, 1] = np.nan
    return Windows(
        forcing=torch.from_numpy(forcing),
        static=torch.zeros(1, 1),
        first=torch.arange(count),
        row=torch.zeros(count, dtype=torch.int64),
        target=torch.from_numpy(target.astype(np.float32)),
        sequence=SEQUENCE,
        left_out=0,
        names=("c01 at 0.1 m",),
    )


@pytest.fixture
def run(make_card, tmp_path, monkeypatch):
    """Fit the toy; `stop` ends it at that call of the report, as a kill would."""
    monkeypatch.setattr(loop, "LOOK_EVERY", 1)
    folders = itertools.count()

    def run(schedule=SCHEDULE, *, seed=1, folder=None, key="key", stop=None, windows=None, held_back=None, **card):
        calls = []

        def report(progress):
            calls.append(progress)
            if len(calls) == stop:
                raise KeyboardInterrupt

        place = folder or tmp_path / str(next(folders))
        shape = {"hidden": 6, "dropout": 0.3, "forcing": OPTIONAL, "sequence": SEQUENCE} | card
        result = fit(make_card(**shape), windows or toy(), held_back, schedule, FitJob(place, key, seed), report)
        return (*result, calls)

    return run


def same_bits(one, other) -> bool:
    (model, history, *_), (model_2, history_2, *_) = one, other
    states = zip(model.state_dict().values(), model_2.state_dict().values(), strict=True)
    return history == history_2 and all(torch.equal(a, b) for a, b in states)


# Bits


def test_the_same_seed_gives_the_same_bits_and_another_does_not(run):
    assert same_bits(run(seed=1), run(seed=1))
    assert not same_bits(run(seed=1), run(seed=2))


STEPS = 4  # of an epoch: 50 windows in batches of 16


@pytest.mark.parametrize("stop", [1, 3, STEPS, STEPS + 1, 2 * STEPS + 2, 3 * STEPS + 1, 4 * STEPS])
@pytest.mark.parametrize("per_epoch", [None, 33])
def test_interrupted_anywhere_and_resumed_it_ends_with_the_same_bits(run, tmp_path, stop, per_epoch):
    schedule = SCHEDULE.model_copy(update={"windows_per_epoch": per_epoch})
    steps = math.ceil((per_epoch or 50) / 16)
    stop = min(stop, 4 * steps)
    whole = run(schedule)
    with pytest.raises(KeyboardInterrupt):
        run(schedule, folder=tmp_path / "fit", stop=stop)
    torch.manual_seed(99)  # a new process has another state
    resumed = run(schedule, folder=tmp_path / "fit")
    assert same_bits(whole, resumed)
    done = (stop - 1) // steps  # whole epochs
    assert len(resumed[2]) == (4 - done) * steps
    assert resumed[2][0].epoch == done + 1
    # The progress goes on where it stopped.
    assert [c.share for c in resumed[2]] == [c.share for c in whole[2][done * steps :]]


def test_interrupted_after_every_epoch(run, tmp_path):
    whole = run()
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            run(folder=tmp_path / "fit", stop=STEPS + 1)
    assert len(load_checkpoint(tmp_path / "fit" / "checkpoint", "key").history) == 3
    assert same_bits(whole, run(folder=tmp_path / "fit"))


def test_a_finished_fit_is_read_not_trained(run, tmp_path):
    whole = run(folder=tmp_path / "fit")
    again = run(folder=tmp_path / "fit")
    assert same_bits(whole, again)
    assert again[2] == []


def test_the_checkpoint_of_another_step_is_not_continued(run, tmp_path):
    run(folder=tmp_path / "fit", key="old", seed=5)
    anew = run(folder=tmp_path / "fit", key="new")
    assert len(anew[2]) == 4 * STEPS
    assert same_bits(anew, run())


def test_a_fit_that_was_begun_on_another_device_is_not_gone_on_with(run, tmp_path):
    folder = tmp_path / "fit"
    with pytest.raises(KeyboardInterrupt):
        run(folder=folder, stop=5)
    checkpoint = load_checkpoint(folder / "checkpoint", "key")
    save_checkpoint(folder / "checkpoint", replace(checkpoint, device="cuda"))
    with pytest.raises(InputError, match=r"^the fit was begun on cuda .* set training.device to cuda"):
        run(folder=folder)


@pytest.mark.parametrize("damage", [slice(0), slice(500), slice(-30)])
def test_a_damaged_checkpoint_starts_the_fit_again(run, tmp_path, damage):
    with pytest.raises(KeyboardInterrupt):
        run(folder=tmp_path / "fit", stop=2 * STEPS + 1)
    path = tmp_path / "fit" / "checkpoint" / FILE
    path.write_bytes(path.read_bytes()[damage])
    anew = run(folder=tmp_path / "fit")
    assert len(anew[2]) == 4 * STEPS
    assert same_bits(anew, run())


def test_killed_within_an_epoch_it_goes_on_from_the_last_save(run, tmp_path, monkeypatch):
    whole = run()
    monkeypatch.setattr(loop, "SAVE_EVERY", -1.0)  # after every step
    for stop in (2, 3, 1, 5):
        with pytest.raises(KeyboardInterrupt):
            run(folder=tmp_path / "fit", stop=stop)
        torch.manual_seed(99)
    resumed = run(folder=tmp_path / "fit")
    assert 0 < len(resumed[2]) < 3 * STEPS
    assert same_bits(whole, resumed)


@pytest.mark.parametrize("look", [1, 3, 20])
def test_how_often_the_loss_is_looked_at_changes_no_bit(run, monkeypatch, look):
    whole = run()
    monkeypatch.setattr(loop, "LOOK_EVERY", look)
    assert same_bits(whole, run())


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_step_end_and_saves_it(make_card, tmp_path, number):
    card = make_card(hidden=6, dropout=0.3, forcing=OPTIONAL, sequence=SEQUENCE)
    windows, reports = toy(2000), []

    def interrupt(progress):
        reports.append(progress)
        if len(reports) == 2:
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        fit(card, windows, None, SCHEDULE, FitJob(tmp_path / "fit", "key", 1), interrupt)
    saved = load_checkpoint(tmp_path / "fit" / "checkpoint", "key")
    assert saved.history == []
    assert saved.batches == 2 * loop.LOOK_EVERY + 1  # the step after the signal was the last
    whole = fit(card, windows, None, SCHEDULE, FitJob(tmp_path / "whole", "key", 1), lambda _: None)
    assert same_bits(whole, fit(card, windows, None, SCHEDULE, FitJob(tmp_path / "fit", "key", 1), lambda _: None))
    assert signal.getsignal(number) is not None


# Validation


def test_the_best_epoch_is_taken_and_patience_ends_the_fit(run):
    schedule = SCHEDULE.model_copy(
        update={"epochs": 30, "learning_rate": 3e-2, "learning_rate_factor": 1.0, "patience": 2}
    )
    few, held_back = toy(40), toy(400, seed=1)
    model, history, _ = run(schedule, windows=few, held_back=held_back, hidden=32, dropout=0.0)
    values = [row["validation_crps"] for row in history]
    best = values.index(min(values))
    assert len(history) == best + 3  # two more epochs were no better
    # Without dropout the validation is that of the model that was given back.
    again = validate(model, held_back, 0.1)  # of the card's target
    assert again == pytest.approx((history[best]["validation_nll"], min(values)), rel=1e-6)


def test_the_crps_of_the_validation_chooses_not_its_likelihood(run, monkeypatch):
    scores = iter([(0.9, 0.05), (0.8, 0.03), (0.7, 0.04), (0.6, 0.04)])
    kept = []

    def validate(model, *_):
        kept.append([value.clone() for value in model.state_dict().values()])
        return next(scores)

    monkeypatch.setattr(loop, "validate", validate)
    model, history, _ = run(SCHEDULE.model_copy(update={"epochs": 9, "patience": 2}), held_back=toy(30, seed=1))
    assert [row["validation_nll"] for row in history] == [0.9, 0.8, 0.7, 0.6]
    assert all(map(torch.equal, model.state_dict().values(), kept[1]))


def test_interrupted_with_validation_it_ends_with_the_same_bits(run, tmp_path):
    schedule = SCHEDULE.model_copy(update={"patience": 3})
    whole = run(schedule, held_back=toy(30, seed=1))
    with pytest.raises(KeyboardInterrupt):
        run(schedule, held_back=toy(30, seed=1), folder=tmp_path / "fit", stop=2 * STEPS + 1)
    assert same_bits(whole, run(schedule, held_back=toy(30, seed=1), folder=tmp_path / "fit"))


# What the history and the progress say


def test_the_learning_rate_halves_after_every_epoch(run):
    _, history, _ = run()
    assert [row["learning_rate"] for row in history] == [1e-2, 5e-3, 2.5e-3, 1.25e-3]
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert [row["windows"] for row in history] == [50] * 4


def test_the_progress_counts_steps_and_readings(run):
    _, history, calls = run(SCHEDULE.model_copy(update={"windows_per_epoch": 20, "epochs": 2}))
    assert [(c.epoch, c.share) for c in calls] == [(1, 0.25), (1, 0.5), (2, 0.75), (2, 1.0)]
    assert 0.7 * 80 < calls[-1].readings <= 80
    assert [calls[1].loss, calls[3].loss] == [row["nll"] for row in history]


@pytest.mark.parametrize("notebook", [False, True])
def test_the_loss_of_an_epoch_is_the_mean_over_its_readings(run, notebook):
    # With a learning rate of nothing the model stays as it is, so that its loss can be computed at once.
    schedule = SCHEDULE.model_copy(
        update={"epochs": 1, "learning_rate": 1e-30, "drop_optional": 0.0, "notebook": notebook}
    )
    model, history, _ = run(schedule, dropout=0.0)
    *inputs, target = toy().gather(torch.arange(50))
    with torch.no_grad():
        loss = (notebook_nll if notebook else mixture_nll)(*model(*inputs), target, target.isfinite())
    assert history[0]["nll"] == pytest.approx(loss.item(), rel=1e-5)


def test_a_sample_of_the_windows_is_drawn_anew_for_each_epoch(run, monkeypatch):
    drawn = []
    step = loop._step
    monkeypatch.setattr(loop, "_step", lambda *given: drawn.append(given[2]) or step(*given))
    run(SCHEDULE.model_copy(update={"windows_per_epoch": 16, "epochs": 3}))
    assert [len(set(index.tolist())) for index in drawn] == [16, 16, 16]
    assert len({tuple(sorted(index.tolist())) for index in drawn}) == 3


def test_an_epoch_sees_every_window_once_in_another_order(run, monkeypatch):
    drawn = []
    step = loop._step
    monkeypatch.setattr(loop, "_step", lambda *given: drawn.append(given[2]) or step(*given))
    run(SCHEDULE.model_copy(update={"epochs": 2}))
    first, second = torch.cat(drawn[:STEPS]).tolist(), torch.cat(drawn[STEPS:]).tolist()
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second


# Optional inputs


def seen_inputs(run, monkeypatch, share: float) -> torch.Tensor:
    seen = []

    def build(card):
        model = torch_build(card)
        states = model.states
        model.states = lambda *given: (model.training and seen.append(given[0])) or states(*given)
        return model

    torch_build = state.build_model
    monkeypatch.setattr(state, "build_model", build)
    run(SCHEDULE.model_copy(update={"epochs": 1, "drop_optional": share}), windows=toy(2000))
    return torch.cat(seen, dim=1)


def test_optional_inputs_are_withheld_with_their_indicator_from_whole_windows(run, monkeypatch):
    inputs = seen_inputs(run, monkeypatch, 0.25)
    indicator = inputs[:, :, 2]
    assert (indicator == indicator[0]).all()
    withheld = indicator[0] == 0
    assert 440 < int(withheld.sum()) < 560  # Binomial(2000, 0.25) has a standard deviation of 19
    assert (inputs[:, withheld, 1] == 0).all()
    assert (inputs[:, ~withheld, 1] != 0).all()
    assert (inputs[:, :, 0] != 0).all()


def test_nothing_is_withheld_where_the_share_is_zero(run, monkeypatch):
    assert (seen_inputs(run, monkeypatch, 0.0)[:, :, 2] == 1).all()


def test_the_windows_themselves_stay_whole(run):
    windows = toy()
    before = windows.forcing.clone()
    run(windows=windows)
    assert torch.equal(windows.forcing, before)


# Learning


def test_a_loss_that_is_not_finite_is_an_error_that_says_what_to_do(run):
    windows = toy()
    windows.forcing[20, 0] = torch.inf
    with pytest.raises(ThetamixError, match=r"training diverged.*lower training\.learning_rate") as caught:
        run(windows=windows)
    assert caught.value.exit_code == 1


def test_a_learning_rate_out_of_all_proportion_diverges_with_the_same_words(run):
    with pytest.raises(ThetamixError, match="training diverged"):
        run(SCHEDULE.model_copy(update={"learning_rate": 1e38}))


class PlainAdam(torch.optim.Adam):
    """Torch's own, a parameter at a time."""

    def __init__(self, parameters):
        super().__init__(parameters, fused=False, foreach=False)

    def step(self, rate):
        self.param_groups[0]["lr"] = rate
        super().step()


def test_weights_become_those_of_torchs_own_lstm_and_its_plain_optimiser(run, monkeypatch):
    ours, history, _ = run(SCHEDULE.model_copy(update={"epochs": 3}), windows=toy(300), dropout=0.0)
    monkeypatch.setattr(recurrence, "takes", lambda *_: False)
    monkeypatch.setattr("thetamix.training.state.Adam", PlainAdam)
    theirs, expected, _ = run(SCHEDULE.model_copy(update={"epochs": 3}), windows=toy(300), dropout=0.0)
    assert [row["nll"] for row in history] == pytest.approx([row["nll"] for row in expected], rel=1e-5)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_one_gaussian_recovers_a_linear_relation_and_its_noise(run):
    schedule = SCHEDULE.model_copy(
        update={"epochs": 8, "batch": 32, "learning_rate": 2e-2, "learning_rate_factor": 0.6}
    )
    model, history, _ = run(schedule, windows=toy(3000), components=1, hidden=8, dropout=0.0)
    losses = [row["nll"] for row in history]
    # The entropy of N(·, 0.3²) is the least that any model can reach.
    entropy = norm(scale=0.3).entropy()
    assert losses[0] > losses[-1]
    assert losses[-1] == pytest.approx(entropy, abs=0.04)
    unseen = toy(1000, seed=1, noise=0.0)
    inputs, fixed, truth = unseen.gather(torch.arange(1000))
    with torch.no_grad():
        log_weight, mean, log_sd = model(inputs, fixed)
    assert (log_weight == 0).all()
    inside = inputs[-1, :, 0].abs() < 2
    assert float((mean[inside, 0] - truth[inside, 0]).square().mean().sqrt()) < 0.04
    assert float(log_sd.exp().mean()) == pytest.approx(0.3, rel=0.06)
