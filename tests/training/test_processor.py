"""The processor is made ready: one thread, and an allocator that is told only where it is glibc and may be."""

import ctypes
import platform

import pytest
import torch

from thetamix.training import processor


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
def test_glibc_takes_both_thresholds(monkeypatch):
    monkeypatch.delenv(processor.OPT_OUT, raising=False)
    assert processor.keep_work_space()
