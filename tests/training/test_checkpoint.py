"""A checkpoint is all there or not there at all."""

import dataclasses
import hashlib
import io
import pickle

import pytest
import torch

from thetamix.training.checkpoint import FILE, Checkpoint, load_checkpoint, save_checkpoint


@pytest.fixture
def checkpoint():
    torch.manual_seed(0)
    model = torch.nn.Linear(30, 30)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 30)).sum().backward()
    optimizer.step()
    return Checkpoint(
        key="abc",
        history=[{"epoch": 1, "nll": 0.1 + 0.2}],
        model=model.state_dict(),
        optimizer=optimizer.state_dict(),
        generators=[torch.get_rng_state()],
        batches=3,
        total=1.5,
        readings=7,
        best=None,
        threads=1,
        device="cpu",
        seconds=2.5,
    )


def same(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def test_one_of_another_release_is_not_continued(tmp_path, checkpoint):
    save_checkpoint(tmp_path, checkpoint)
    payload = io.BytesIO()
    old = {name: value for name, value in vars(checkpoint).items() if name != "device"}
    torch.save(old, payload)
    content = payload.getvalue()
    (tmp_path / FILE).write_bytes(hashlib.sha256(content).digest() + content)
    assert load_checkpoint(tmp_path, "of this release") is None


def test_round_trip_to_the_last_bit(tmp_path, checkpoint):
    save_checkpoint(tmp_path / "new", checkpoint)
    read = load_checkpoint(tmp_path / "new", "abc")
    for field in dataclasses.fields(Checkpoint):
        assert same(getattr(read, field.name), getattr(checkpoint, field.name)), field.name


def test_the_one_before_is_replaced(tmp_path, checkpoint):
    save_checkpoint(tmp_path, checkpoint)
    save_checkpoint(tmp_path, dataclasses.replace(checkpoint, batches=4))
    assert load_checkpoint(tmp_path, "abc").batches == 4
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_none_where_there_is_none_or_it_belongs_to_another_step(tmp_path, checkpoint):
    assert load_checkpoint(tmp_path / "absent", "abc") is None
    save_checkpoint(tmp_path, checkpoint)
    assert load_checkpoint(tmp_path, "abd") is None


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_none_where_it_was_cut(tmp_path, checkpoint, share):
    save_checkpoint(tmp_path, checkpoint)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[: int(share * len(whole))])
    assert load_checkpoint(tmp_path, "abc") is None


class Mine:
    def __reduce__(self):
        return (pytest.fail, ("a checkpoint was executed",))


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 50, b"PK\x03\x04 no zip", b"not a checkpoint", pickle.dumps([1]), pickle.dumps(Mine())],
)
def test_none_where_it_is_something_else(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    assert load_checkpoint(tmp_path, "abc") is None


def test_none_where_any_byte_was_changed(tmp_path, checkpoint):
    save_checkpoint(tmp_path, checkpoint)
    whole = (tmp_path / FILE).read_bytes()
    for place in [*range(0, 400, 7), *range(400, len(whole), 97)]:
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        (tmp_path / FILE).write_bytes(bytes(damaged))
        assert load_checkpoint(tmp_path, "abc") is None
