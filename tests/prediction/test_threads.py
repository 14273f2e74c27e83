"""Items worked on in threads, and what comes back."""

import threading

import pytest
import torch

from thetamix.prediction.threads import in_order


@pytest.mark.parametrize("threads", [1, 2, 5, 40])
def test_results_come_in_order(threads):
    assert list(in_order(lambda item: item**2, range(20), threads)) == [item**2 for item in range(20)]
    assert list(in_order(lambda item: item, [], threads)) == []


def test_several_are_worked_on_at_a_time_with_one_thread_of_torch_each():
    meeting = threading.Barrier(3, timeout=20)  # a single thread would wait for the others in vain

    def work(_):
        meeting.wait()
        return torch.get_num_threads(), threading.current_thread() is threading.main_thread()

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert list(in_order(work, range(3), 3)) == [(1, False)] * 3
    finally:
        torch.set_num_threads(before)


def test_what_nobody_takes_is_not_made():
    begun = []

    def work(item):
        begun.append(item)
        return item

    results = in_order(work, range(100), 2)
    assert [next(results), next(results)] == [0, 1]
    results.close()
    assert len(begun) == 4  # those given, and as many as there are threads


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_ends_it(threads):
    begun = []

    def work(item):
        begun.append(item)
        if item == 4:
            raise ValueError("the fourth")
        return item

    taken = []
    with pytest.raises(ValueError, match=r"^the fourth$"):
        taken.extend(in_order(work, range(100), threads))
    assert taken == [0, 1, 2, 3]
    assert len(begun) <= 4 + 1 + threads
