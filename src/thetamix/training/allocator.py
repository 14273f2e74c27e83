"""Keep the C library from returning the LSTM's work space to the system after every step.

glibc maps large blocks anew at each request and gives them back at once; oneDNN asks for such blocks in every step
of a small LSTM, and most of the time goes into page faults. Raising two thresholds keeps the blocks: the results
are bit-identical, training and prediction two times faster (``benchmarks/train.py`` measures it).
"""

import ctypes
import os
import platform

OPT_OUT = "THETAMIX_KEEP_ALLOCATOR"

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_KEPT = 1 << 30
_NEVER_TRIM = 2**31 - 1


def keep_work_space() -> bool:
    """Tell glibc to keep freed blocks; does nothing elsewhere, or where the user opts out.

    Returns
    -------
    bool
        True where the thresholds were set.
    """
    if os.environ.get(OPT_OUT) or platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    kept = library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
    return bool(library.mallopt(_M_TRIM_THRESHOLD, _NEVER_TRIM) and kept)
