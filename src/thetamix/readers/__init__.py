"""How raw files get into a network: one file a format, nothing but translation.

:data:`READERS` holds them by the word that follows ``thetamix import``. A reader is imported when it is called.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["READERS", "Note", "OnProgress", "Reader"]

#: Is told what is being done and which share of it is done (0 to 1).
OnProgress = Callable[[str, float], None]
#: Is told what a careful user wants to know about the import: one sentence at a time.
Note = Callable[[str], None]


class Reader(Protocol):
    """Read a folder of raw files as a mapping file describes it."""

    def __call__(
        self, folder: Path, mapping: Path, progress: OnProgress | None = None, note: Note | None = None
    ) -> "xr.Dataset":
        """Give the network; see :func:`thetamix.readers.tables.csv_reader.read_csv`."""


def _csv(folder: Path, mapping: Path, progress: OnProgress | None = None, note: Note | None = None) -> "xr.Dataset":
    from thetamix.readers.tables.csv_reader import read_csv

    return read_csv(folder, mapping, progress, note)


#: Format -> reader.
READERS: dict[str, Reader] = {"csv": _csv}
