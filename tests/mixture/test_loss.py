"""The training losses: their values are the arrays' scores, their gradients finite differences."""

import itertools
import math

import numpy as np
import pytest
import torch

from thetamix.mixture import GaussianMixture
from thetamix.mixture.loss import mixture_crps, mixture_nll

LOSSES = [mixture_nll, mixture_crps]


@pytest.fixture(autouse=True)
def _float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def head(*shape, seed=0):
    """Random output of a network's head, as leaves of a graph."""
    generator = torch.Generator().manual_seed(seed)
    weight, mean, log_sd = (torch.randn(*shape, generator=generator) for _ in range(3))
    log_weight = torch.log_softmax(weight, dim=-1)
    return [p.requires_grad_() for p in (log_weight, mean, 0.5 * log_sd - 1.0)]


def readings(*shape, seed=1):
    """Random readings, one in four missing."""
    generator = torch.Generator().manual_seed(seed)
    target = torch.randn(*shape, generator=generator)
    target[torch.rand(*shape, generator=generator) < 0.25] = torch.nan
    return target, target.isfinite()


def on_arrays(log_weight, mean, log_sd):
    w, m, s = (p.detach().numpy() for p in (log_weight.exp(), mean, log_sd.exp()))
    return GaussianMixture(w, m, s)


class TestValue:
    def test_is_the_score_of_the_arrays(self):
        parameters, (target, mask) = head(20, 3), readings(20, 4)
        mixture = on_arrays(*parameters)[:, None]
        log_density = mixture.logpdf(target.numpy())
        score = mixture.crps(target.numpy())
        assert mixture_nll(*parameters, target, mask).item() == pytest.approx(-np.nanmean(log_density), rel=1e-12)
        assert mixture_crps(*parameters, target, mask).item() == pytest.approx(np.nanmean(score), rel=1e-12)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_replicates_in_one_pass_are_replicates_one_by_one(self, loss):
        parameters, (target, mask) = head(8, 3), readings(8, 3)
        together = loss(*parameters, target, mask)
        parts = [loss(*parameters, target[:, [i]], mask[:, [i]]) * mask[:, i].sum() for i in range(3)]
        torch.testing.assert_close(together, sum(parts) / mask.sum())

    @pytest.mark.parametrize("loss", LOSSES)
    def test_sequences_and_broadcasting(self, loss):
        parameters, (target, mask) = head(2, 5, 3), readings(2, 5, 4)
        flat = [p.detach().reshape(10, 3) for p in parameters]
        expected = loss(*flat, target.reshape(10, 4), mask.reshape(10, 4))
        torch.testing.assert_close(loss(*parameters, target, mask), expected.detach())
        one = head(3)
        every = [p.expand(2, 5, 3) for p in one]
        torch.testing.assert_close(loss(*one, target, mask), loss(*every, target, mask))
        same = target[0, 0].expand(2, 5, 4), mask[0, 0].expand(2, 5, 4)
        torch.testing.assert_close(loss(*parameters, target[0, 0], mask[0, 0]), loss(*parameters, *same))

    def test_float64_stays_float64(self):
        parameters, (target, mask) = head(20, 3), readings(20, 4)
        expected = mixture_nll(*parameters, target, mask)
        torch.set_default_dtype(torch.float32)
        torch.testing.assert_close(mixture_nll(*parameters, target, mask), expected, rtol=0, atol=0)

    def test_density_has_no_floor(self):
        one = torch.zeros(1, 1)
        far = torch.tensor([[1e6]])
        expected = 0.5e12 + 0.5 * math.log(2 * math.pi)
        assert mixture_nll(one, one, one, far, far > 0).item() == pytest.approx(expected)


class TestGradient:
    @pytest.mark.parametrize("loss", LOSSES)
    def test_is_the_finite_difference(self, loss):
        parameters, (target, mask) = head(4, 3), readings(4, 2)
        assert torch.autograd.gradcheck(lambda *p: loss(*p, target, mask), parameters)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_of_broadcast_parameters_is_the_finite_difference(self, loss):
        log_weight, mean, log_sd = head(3)
        target, mask = readings(2, 4, 2)
        assert torch.autograd.gradcheck(lambda *p: loss(*p, target, mask), (log_weight, mean, log_sd))
        assert torch.autograd.gradcheck(
            lambda m: loss(log_weight.detach(), m, log_sd.detach(), target, mask), head(4, 3)[1]
        )

    def test_of_narrow_components_far_away_is_the_formula(self):
        log_weight = torch.log(torch.tensor([[0.5, 0.5]])).requires_grad_()
        mean = torch.tensor([[0.1, 0.3]], requires_grad=True)
        log_sd = torch.full((1, 2), math.log(1e-6), requires_grad=True)
        target = torch.tensor([[0.3 + 100e-6]])
        mixture_nll(log_weight, mean, log_sd, target, target > 0).backward()
        torch.testing.assert_close(log_weight.grad, torch.tensor([[0.0, -1.0]]))
        torch.testing.assert_close(mean.grad, torch.tensor([[0.0, -100e6]]))
        torch.testing.assert_close(log_sd.grad, torch.tensor([[0.0, 1.0 - 1e4]]), rtol=1e-6, atol=0)

    @pytest.mark.parametrize("loss", LOSSES)
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_is_finite_for_any_finite_input(self, loss, dtype):
        largest = torch.finfo(dtype).max
        some = [0.0, 1e-30, 1.0, -1.0, 88.0, -88.0, 1e4, -1e4, 1e18, -1e19, 1e30, -1e30]
        values = torch.tensor([*some, largest, -largest], dtype=dtype)
        triples = torch.tensor(list(itertools.product(range(len(values)), repeat=3)))
        chosen = values[triples]
        generator = torch.Generator().manual_seed(0)
        log_weight, mean, log_sd = (
            torch.stack([chosen[:, i], chosen[torch.randperm(len(chosen), generator=generator), i]])
            .T.contiguous()
            .requires_grad_()
            for i in range(3)
        )
        for target in values:
            reading = target.expand(len(chosen), 1)
            value = loss(log_weight, mean, log_sd, reading, torch.ones_like(reading, dtype=bool))
            gradients = torch.autograd.grad(value, (log_weight, mean, log_sd))
            for gradient in gradients:
                assert gradient.isfinite().all()
                assert gradient.square().sum().isfinite()

    def test_goes_on_beyond_the_limits(self):
        """Held numbers still feel which way is back."""
        parameters = [torch.zeros(1, 1), torch.zeros(1, 1), torch.full((1, 1), -200.0)]
        _, mean, log_sd = (p.requires_grad_() for p in parameters)
        target = torch.tensor([[3.0]])
        mixture_nll(*parameters, target, target > 0).backward()
        assert mean.grad.item() < -1e9
        assert log_sd.grad.item() < -1e9

    @pytest.mark.parametrize("loss", LOSSES)
    def test_excluded_readings_do_not_matter(self, loss):
        results = []
        for filler in (0.0, 1e30, torch.inf, torch.nan):
            parameters, (target, mask) = head(6, 3), readings(6, 3)
            value = loss(*parameters, torch.where(mask, target, filler), mask)
            value.backward()
            results.append([value.detach(), *(p.grad for p in parameters)])
        for other in results[1:]:
            for a, b in zip(results[0], other, strict=True):
                torch.testing.assert_close(a, b, rtol=0, atol=0)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_no_reading_gives_zero(self, loss):
        parameters = head(4, 3)
        target = torch.full((4, 2), torch.nan)
        value = loss(*parameters, target, target.isfinite())
        value.backward()
        assert value.item() == 0.0
        assert all((p.grad == 0).all() for p in parameters)

    @pytest.mark.parametrize("loss", LOSSES)
    def test_second_derivative_is_refused_not_wrong(self, loss):
        parameters, (target, mask) = head(4, 3), readings(4, 2)
        value = loss(*parameters, target, mask)
        (gradient,) = torch.autograd.grad(value, parameters[1], create_graph=True)
        with pytest.raises(RuntimeError):
            gradient.sum().backward()


@pytest.mark.parametrize("loss", LOSSES)
def test_training_recovers_a_mixture(loss):
    """The score is proper: its minimum is the truth."""
    truth = GaussianMixture([0.3, 0.7], [-1.0, 1.5], [0.3, 0.8])
    target = torch.from_numpy(truth.sample(np.random.default_rng(0), 4000))[None]
    weight = torch.zeros(1, 2, requires_grad=True)
    mean = torch.tensor([[-0.5, 0.5]], requires_grad=True)
    log_sd = torch.zeros(1, 2, requires_grad=True)
    optimiser = torch.optim.Adam([weight, mean, log_sd], lr=0.05)
    for _ in range(800):
        optimiser.zero_grad()
        log_weight = torch.log_softmax(weight, dim=-1)
        loss(log_weight, mean, log_sd, target, target.isfinite()).backward()
        optimiser.step()
    fitted = on_arrays(torch.log_softmax(weight, dim=-1), mean, log_sd)
    assert fitted.wasserstein(truth)[0] < 0.05
