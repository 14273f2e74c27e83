"""Get the processor ready for a small LSTM, or the graphics card.

*Threads.* Two of torch's threads in one small LSTM are a little faster than one on an idle machine, and collapse
beside one busy neighbour: 20 windows a second instead of 4,500 were seen, because they wait for each other in a spin.
One thread does not, and its results are the same bits on any number of cores. Several fits go side by side instead
(:mod:`thetamix.system.workers`), and several threads of ours may work on one (:mod:`thetamix.training.shards`).

*Allocator.* glibc maps large blocks anew at each request and gives them back at once; every step asks for some,
and much of the time goes into page faults. Raising two thresholds keeps the blocks; the results are bit-identical.
Threads would get heaps of their own, in which the thresholds do not hold: they share one.

*Graphics card.* By default cuDNN rounds the factors of an LSTM's products to ten bits (TF32), and may add in another
order each time. Neither is wanted: predictions shall not depend on the device beyond the last digits, and a fit that
went on after an interruption shall end as one that did not.
"""

import contextlib
import ctypes
import os
import platform
from collections.abc import Iterator

import torch

from thetamix.system.errors import InputError, ThetamixError

#: Of torch in each thread that trains or predicts.
THREADS = 1

#: Set to anything to leave the allocator alone.
OPT_OUT = "THETAMIX_KEEP_ALLOCATOR"

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_LARGEST_KEPT = 1 << 30
_NEVER_TRIM = 2**31 - 1

#: What cuBLAS needs to add in the same order each time (torch.nn.LSTM, note on determinism).
_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG", ":4096:2"


def choose_device(name: str, key: str = "training.device") -> str:
    """Choose where to train or to predict.

    Parameters
    ----------
    name
        ``auto`` (a graphics card where there is one), ``cpu`` or ``cuda``.
    key
        Of the study, or an option, for the message.

    Raises
    ------
    InputError
        If a graphics card is asked for where there is none, or the name is another.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"{key}: no device {name!r}; write auto, cpu or cuda")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InputError(f"{key}: cuda, but torch finds no graphics card; write auto or cpu")
    if not there or name == "cpu":
        return "cpu"
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.deterministic = True
    os.environ.setdefault(*_WORKSPACE)  # in time: nothing was computed on the card yet
    return "cuda"


def why_no_bf16(device: str) -> str | None:
    """Return why a device computes no LSTM in bfloat16, or only many times slower than in single precision.

    Parameters
    ----------
    device
        ``cpu`` or ``cuda``.

    Returns
    -------
    str or None
        The reason; None where it does.
    """
    if device != "cpu":
        return "torch computes no LSTM in bfloat16 on a graphics card"
    there = torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled  # type: ignore[no-untyped-call]
    if not there or not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return "torch computes no LSTM in bfloat16 on this processor"
    # On any processor with AVX-512 oneDNN says that it does, and mimics the instructions: some 20 times slower.
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    if x86 and not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()):
        return "this processor has no instructions for bfloat16 (AVX-512 BF16 or AMX), and is far slower without them"
    return None


@contextlib.contextmanager
def card_has_room(way_out: str) -> Iterator[None]:
    """Raise an error in words where a graphics card is full.

    Parameters
    ----------
    way_out
        What the user may do about it.

    Raises
    ------
    ThetamixError
        If torch runs out of the card's memory within the block.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise ThetamixError(
            "the graphics card's memory is full; `nvidia-smi` shows who else uses it, and `thetamix run --workers 1` "
            f"puts one fit at a time on it. {way_out}"
        ) from error


def prepare_processor() -> None:
    """Use one thread, and keep freed work space."""
    torch.set_num_threads(THREADS)
    keep_work_space()


def keep_work_space() -> bool:
    """Make glibc keep freed blocks, all in one heap; does nothing elsewhere, or where the user opts out.

    Returns
    -------
    bool
        True where all of it was set.
    """
    if os.environ.get(OPT_OUT) or platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    options = {_M_MMAP_THRESHOLD: _LARGEST_KEPT, _M_TRIM_THRESHOLD: _NEVER_TRIM, _M_ARENA_MAX: 1}
    done = [library.mallopt(option, value) for option, value in options.items()]
    return all(done)
