"""Adam takes the same steps as torch's own, to the last bit, and goes on from what that left."""

import subprocess
import sys

import pytest
import torch

from thetamix.training.adam import Adam

RATES = (1e-2, 1e-2, 3e-3, 1e-4)


@pytest.fixture
def twins():
    torch.manual_seed(0)
    first = [torch.nn.Parameter(torch.randn(shape)) for shape in ((5, 3), (5,), (2, 5))]
    return first, [torch.nn.Parameter(values.detach().clone()) for values in first]


def ours(parameters, optimizer, rates=RATES):
    for rate in rates:
        set_gradients(parameters)
        optimizer.step(rate)


def theirs(parameters, optimizer, rates=RATES):
    for rate in rates:
        set_gradients(parameters)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()


def set_gradients(parameters):
    for values in parameters:
        values.grad = torch.sin(3 * values.detach()) + 0.1


def alike(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_steps_are_those_of_torch(twins):
    one, other = twins
    ours(one, Adam(one))
    theirs(other, torch.optim.Adam(other, lr=1.0, fused=True))
    assert alike(one, other)


def test_it_goes_on_from_what_it_or_torch_left(twins):
    one, other = twins
    half = Adam(one)
    ours(one, half, RATES[:2])
    left = torch.optim.Adam(other, lr=1.0, fused=True)
    theirs(other, left, RATES[:2])
    for kept in (half.state_dict(), left.state_dict()):
        again = [torch.nn.Parameter(values.detach().clone()) for values in one]
        optimizer = Adam(again)
        optimizer.load_state_dict(kept)
        ours(again, optimizer, RATES[2:])
        expected = [torch.nn.Parameter(values.detach().clone()) for values in other]
        reference = torch.optim.Adam(expected, lr=1.0, fused=True)
        reference.load_state_dict(left.state_dict())
        theirs(expected, reference, RATES[2:])
        assert alike(again, expected)
        assert not alike(again, one)


def test_a_parameter_without_a_gradient_is_an_error(twins):
    one, _ = twins
    with pytest.raises(TypeError, match="NoneType"):
        Adam(one).step(1e-3)


def test_torchs_compiler_is_not_imported():
    code = (
        "import sys, torch; from thetamix.training.adam import Adam; p = torch.nn.Parameter(torch.ones(3)); "
        "p.grad = torch.ones(3); Adam([p]).step(1e-3); sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
