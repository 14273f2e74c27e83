"""How raw files become networks: one class in one file a format, nothing but translation.

:data:`READERS` names the readers by the word that follows ``thetamix import``; a reader's module is imported when it
is used. The fields of a reader are what a user may set, each an option of its command; :meth:`Reader.read` is all
that it does. It writes the network instead of returning it, because an archive of thousands of stations is no array
in memory: such a reader writes one cluster after the other (:mod:`thetamix.network.streaming`).
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

__all__ = ["READERS", "Note", "OnProgress", "Reader", "find_reader", "silent"]

#: Hears what is being done and which share of it is done (0 to 1): ``progress("reading soil.csv", 0.4)``.
OnProgress = Callable[[str, float], None]
#: Hears what a careful user wants to know of the import, a sentence at a time: ``note("2 sensor(s) without …")``.
Note = Callable[[str], None]


def silent(*_: object) -> None:
    """Do nothing: the progress and the note of those who want none."""


class Reader(Protocol):
    """A format of raw files: a frozen dataclass whose fields are its settings.

    An option of ``thetamix import WORD`` is a field, ``mapping: Annotated[Path, "What the columns mean."]``; one
    without a default must be given.
    """

    def read(self, source: Path, output: Path, progress: OnProgress = silent, note: Note = silent) -> None:
        """Write what a source holds as a network file.

        Times are the ends of intervals, UTC; units are the network's; readings are kept as they were read.

        Parameters
        ----------
        source
            The file, folder or archive.
        output
            The network file to write; it is whole, or it is not there.
        progress
            Hears what is being done.
        note
            Hears what a careful user wants to know.

        Raises
        ------
        InputError
            If the source or a setting is wrong: the message names file and place, and says what to do.
        """


#: Word after ``thetamix import`` -> module and class of the reader.
READERS: dict[str, str] = {
    "csv": "thetamix.readers.tables.csv_reader:CsvReader",
    "ismn": "thetamix.readers.ismn.ismn_reader:IsmnReader",
    "forcing": "thetamix.readers.forcing_reader:ForcingReader",
}


def find_reader(word: str) -> Callable[..., Reader]:
    """Return the class of a reader by its word, from its module."""
    module, _, name = READERS[word].partition(":")
    reader: Any = getattr(import_module(module), name)
    return reader  # type: ignore[no-any-return]
