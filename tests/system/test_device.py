"""The processor is made ready: one thread, and an allocator that is told only where it is glibc and may be."""

import ctypes
import os
import platform
import re

import pytest
import torch

from thetamix.system import device as processor
from thetamix.system.errors import InputError, ThetamixError


def test_one_thread_is_used():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        processor.prepare_processor()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_nothing_is_told_where_the_user_opts_out(monkeypatch):
    monkeypatch.setenv(processor.OPT_OUT, "1")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("the C library was asked"))
    assert not processor.keep_work_space()


def test_nothing_is_told_without_glibc(monkeypatch):
    monkeypatch.delenv(processor.OPT_OUT, raising=False)
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("the C library was asked"))
    assert not processor.keep_work_space()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_glibc_takes_what_it_is_told(monkeypatch):
    monkeypatch.delenv(processor.OPT_OUT, raising=False)
    assert processor.keep_work_space()


# The graphics card


@pytest.fixture
def card(monkeypatch):
    """Torch says that there is a graphics card; what is set for it is undone."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    with torch.backends.cudnn.flags(deterministic=False, allow_tf32=True):
        yield


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize("name", ["auto", "cuda"])
def test_a_card_computes_in_full_precision_and_in_one_order(name):
    assert processor.choose_device(name) == "cuda"
    assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cuda.matmul.allow_tf32
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:2"


@pytest.mark.usefixtures("card")
def test_the_processor_may_be_chosen_where_there_is_a_card():
    assert processor.choose_device("cpu") == "cpu"


def test_without_a_card_auto_is_the_processor_and_cuda_an_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert processor.choose_device("auto") == processor.choose_device("cpu") == "cpu"
    with pytest.raises(InputError, match=r"^training\.device: cuda, but torch finds no graphics card"):
        processor.choose_device("cuda")
    with pytest.raises(InputError, match=r"^--device: cuda, but .*; write auto or cpu$"):
        processor.choose_device("cuda", "--device")


def test_a_full_card_is_said_in_words():
    with (
        pytest.raises(ThetamixError, match=r"^the graphics card's memory is full; .* Try another$") as caught,
        processor.card_has_room("Try another"),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    assert isinstance(caught.value.__cause__, torch.OutOfMemoryError)
    with pytest.raises(RuntimeError, match=r"^another$"), processor.card_has_room("Try another"):
        raise RuntimeError("another")


def test_another_device_is_refused():
    with pytest.raises(InputError, match=r"^--device: no device 'gpu'; write auto, cpu or cuda$"):
        processor.choose_device("gpu", "--device")


# bfloat16


@pytest.mark.parametrize(
    ("machine", "mkldnn", "avx512", "amx", "reason"),
    [
        ("x86_64", True, True, False, None),
        ("AMD64", True, False, True, None),
        ("x86_64", True, False, False, r"^this processor has no instructions for bfloat16 \(AVX-512 BF16 or AMX\)"),
        ("x86_64", False, True, True, r"^torch computes no LSTM in bfloat16 on this processor$"),
        ("aarch64", True, False, False, None),
    ],
)
def test_bfloat16_needs_instructions_of_the_processor(monkeypatch, machine, mkldnn, avx512, amx, reason):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: mkldnn)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: mkldnn)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    said = processor.why_no_bf16("cpu")
    assert said is None if reason is None else re.search(reason, said)


def test_no_bfloat16_on_a_graphics_card():
    assert processor.why_no_bf16("cuda") == "torch computes no LSTM in bfloat16 on a graphics card"
