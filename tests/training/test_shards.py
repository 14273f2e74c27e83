"""Gradients in shards: those of the whole batch, and the same bits from any number of threads."""

import itertools

import pytest
import torch

from thetamix.inputs.windows import Windows
from thetamix.model.model_file import build_model
from thetamix.training import loop, shards
from thetamix.training.loop import FitJob, fit
from thetamix.training.objective import objective
from thetamix.training.schedule import shard
from thetamix.training.schedule import shards as number_of_shards
from thetamix.training.settings import Training
from thetamix.training.shards import set_gradients, several

BATCH, STEPS, INPUTS, REPLICATES = 23, 6, 2, 2


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(shards, "shard", lambda _: 8)  # three shards, the last one smaller


@pytest.fixture(params=[1, 2])
def model(make_card, request):
    torch.manual_seed(0)
    card = make_card(
        hidden=5, layers=request.param, dropout=0.4, components=3, forcing=[("rain", False), ("heat", False)]
    )
    return build_model(card).train()


def batch(scored: int | None) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    inputs, fixed = torch.randn(STEPS, BATCH, INPUTS), torch.randn(BATCH, 1)
    target = torch.randn(*([scored] if scored else []), BATCH, REPLICATES)
    target[torch.rand(target.shape) < 0.3] = torch.nan
    target[..., :8, :] = torch.nan  # a whole shard without a reading
    return inputs, fixed, target


def gradients(model, inputs, fixed, target, scored, threads=1, *, notebook=False):
    torch.manual_seed(2)
    with several(threads) as pool:
        loss, count = set_gradients(model, inputs, fixed, target, scored, pool, notebook=notebook)
    return loss, count, [parameter.grad for parameter in model.parameters()]


@pytest.mark.parametrize("notebook", [False, True])
@pytest.mark.parametrize("scored", [None, 4])
def test_they_are_those_of_the_whole_batch(model, scored, notebook):
    inputs, fixed, target = batch(scored)
    loss, count, found = gradients(model, inputs, fixed, target, scored, notebook=notebook)
    torch.manual_seed(2)  # torch's own dropout, recorded and not written out
    whole, readings = objective(model, inputs, fixed, target, scored, notebook=notebook)
    expected = torch.autograd.grad(whole, list(model.parameters()))
    assert count == readings == torch.isfinite(target).sum()
    torch.testing.assert_close(loss, whole.detach(), rtol=1e-6, atol=0)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("scored", [None, 4])
def test_a_batch_of_one_shard_is_taken_as_it_is(model, scored, monkeypatch):
    monkeypatch.setattr(shards, "shard", lambda _: BATCH)
    inputs, fixed, target = batch(scored)
    loss, _, found = gradients(model, inputs, fixed, target, scored)
    torch.manual_seed(2)
    whole, _ = objective(model, inputs, fixed, target, scored, notebook=False)
    assert torch.equal(loss, whole.detach())
    assert all(map(torch.equal, found, torch.autograd.grad(whole, list(model.parameters()))))


@pytest.mark.parametrize("scored", [None, 4])
def test_the_optimiser_can_take_them_as_they_lie_in_memory(model, scored):
    gradients(model, *batch(scored), scored)
    for parameter in model.parameters():
        assert parameter.grad.stride() == parameter.stride()
    assert len({parameter.grad.data_ptr() for parameter in model.parameters()}) == len(list(model.parameters()))


def test_a_batch_without_any_reading_has_no_gradient(model):
    inputs, fixed, target = batch(None)
    loss, count, found = gradients(model, inputs, fixed, torch.full_like(target, torch.nan), None)
    assert loss == count == 0
    assert not any(gradient.any() for gradient in found)


@pytest.mark.parametrize("scored", [None, 4])
def test_the_bits_do_not_depend_on_the_threads(model, scored):
    inputs, fixed, target = batch(scored)
    loss, _, alone = gradients(model, inputs, fixed, target, scored)
    for threads in (2, 3, 7):
        other, _, found = gradients(model, inputs, fixed, target, scored, threads)
        assert torch.equal(loss, other)
        assert all(map(torch.equal, alone, found))


def test_a_whole_fit_does_not_depend_on_the_threads(make_card, tmp_path, monkeypatch):
    torch.manual_seed(3)
    windows = Windows(
        forcing=torch.randn(70, 2),
        static=torch.zeros(1, 1),
        first=torch.arange(60),
        row=torch.zeros(60, dtype=torch.int64),
        target=torch.randn(60, REPLICATES),
        sequence=5,
        left_out=0,
        names=("c01 at 0.1 m",),
    )
    card = make_card(hidden=6, dropout=0.3, forcing=[("rain", False), ("heat", False)])
    schedule = Training().model_copy(
        update={
            "epochs": 3,
            "batch": BATCH,
            "learning_rate": 1e-2,
            "learning_rate_policy": "decay",
            "learning_rate_factor": 0.5,
            "windows_per_epoch": None,
            "drop_optional": 0.0,
            "patience": None,
            "notebook": False,
        }
    )

    def trained(threads: int, schedule=schedule, **options):
        folder = tmp_path / f"{threads}-{schedule.batch}-{len(options)}"
        options |= {"threads": threads}
        model, history = fit(card, windows, None, schedule, FitJob(folder, "key", 1, **options), lambda _: None)
        return history, model.state_dict()

    history, weights = trained(1)
    for threads in (2, 5):
        other, found = trained(threads)
        assert history == other
        assert all(torch.equal(weights[name], found[name]) for name in weights)
    assert trained(1, schedule.model_copy(update={"batch": 8}))[0] != history

    helped = []
    monkeypatch.setattr(
        loop,
        "set_gradients",
        lambda *given, **more: helped.append(given[5] is not None) or (set_gradients(*given, **more)),
    )
    now_and_then = itertools.cycle([True, False, False])
    other, found = trained(2, spare=lambda: next(now_and_then))
    assert helped == [True, False, False] * 3  # three epochs of three batches
    assert history == other
    assert all(torch.equal(weights[name], found[name]) for name in weights)


@pytest.mark.parametrize(("size", "count"), [(1, 1), (31, 1), (32, 2), (128, 2), (129, 3), (1000, 16)])
def test_a_batch_is_cut_into_parts_nearly_alike(size, count):
    cut = torch.split(torch.arange(size), shard(size))
    assert len(cut) == count == number_of_shards(size)
    assert len(cut[0]) - len(cut[-1]) < count
    assert len(cut[0]) <= 64


def test_an_error_in_a_thread_reaches_the_caller(model, monkeypatch):
    def fails(*_given, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(model, "states", fails)
    with pytest.raises(ZeroDivisionError):
        gradients(model, *batch(None), None, threads=2)
