"""Finding the files of a mapping and opening them: folders, archives, names with words in braces."""

import contextlib
import difflib
import re
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from thetamix.readers.tables.files.csv_table import CsvTable
from thetamix.readers.tables.files.table_keys import Format, Table
from thetamix.readers.tables.files.text_blocks import plain
from thetamix.readers.tables.mapping import Matching
from thetamix.readers.tables.places.place_keys import PlaceTable
from thetamix.system.errors import InputError, first_ten

AnyTable = TypeVar("AnyTable", bound=Table)

#: What a damaged archive raises.
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError)


@contextlib.contextmanager
def as_folder(source: Path) -> Iterator[Path]:
    """Yield a folder, or the folder that an archive (zip or tar, plain or compressed) holds while the block runs.

    Raises
    ------
    InputError
        If there is no such folder, or the archive is damaged.
    """
    source = Path(source)
    if source.is_dir():
        yield source
        return
    if not source.exists():
        raise InputError(f"{source}: no such folder or archive; check the path")
    if not zipfile.is_zipfile(source) and not _is_tar(source):
        raise InputError(
            f"{source}: is not a folder, and not a .zip or .tar.gz archive (or a damaged one); give the folder of "
            "the tables"
        )
    with tempfile.TemporaryDirectory(prefix="thetamix-") as name:
        try:
            if zipfile.is_zipfile(source):
                with zipfile.ZipFile(source) as packed:
                    packed.extractall(name)
            else:
                with tarfile.open(source) as tar:
                    tar.extractall(name, filter="data")
        except DAMAGE as error:
            raise InputError(f"{source}: the archive is cut or damaged ({error}); fetch it again") from error
        yield Path(name)


def _is_tar(source: Path) -> bool:
    try:
        return tarfile.is_tarfile(source)
    except DAMAGE:
        return False


def files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below, as paths inside it, in natural order."""
    return natural_order(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort names as people do, each once.

    Examples
    --------
    >>> natural_order(["c10", "c2", "c2", "C1"])
    ['C1', 'c2', 'c10']
    """

    def key(name: str) -> tuple[list[tuple[int, int, str]], str]:
        parts = re.findall(r"\d+|\D+", name)
        return [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in parts], name

    return sorted(set(names), key=key)


def each_file(
    folder: Path, tables: Iterable[AnyTable], places: Collection[str] = ()
) -> Iterator[tuple[AnyTable, str]]:
    """Yield the tables of a mapping, one for each file that a name with placeholders means.

    Parameters
    ----------
    folder
        The folder that is imported.
    tables
        Parts of the mapping; ``file`` may have words in braces: ``soil/{station}_{depth}.csv``, and ``*`` for what
        means nothing.
    places
        Files of sensors and stations, which no placeholder means.

    Yields
    ------
    table : Table
        With the name of one file.
    words : str
        What stands for the words, joined by "/"; "" for a name without.

    Raises
    ------
    InputError
        If there is no such file.
    """
    for table in tables:
        if not set("{*") & set(table.file):
            yield table, ""
            continue
        anything = "[^/]*?".join(map(re.escape, table.file.split("*")))
        pattern = re.compile(re.sub(r"\\\{\w*\\\}", "([^/]+?)", anything))
        names = files_in(folder)
        matches = {
            name: match for name in names if plain(name) not in places and (match := pattern.fullmatch(plain(name)))
        }
        if not matches:
            raise InputError(f"{folder / table.file}: no file has such a name; {_holds(names)}")
        for name, match in matches.items():
            yield table.model_copy(update={"file": name}), "/".join(match.groups())


def open_table(folder: Path, keys: Table, mapping: Matching) -> CsvTable:
    """Open a table of the mapping, its header read.

    Raises
    ------
    InputError
        If there is no such file, or it is not a table.
    """
    path = folder / keys.file
    if not path.exists():
        names = {plain(name): name for name in files_in(folder)}
        if plain(keys.file) not in names:
            close = difflib.get_close_matches(keys.file, names, n=1, cutoff=0.6)
            what = f'did you mean "{close[0]}"?' if close else _holds(list(names))
            raise InputError(f"{path}: no such table; {what}")
        path = folder / names[plain(keys.file)]
    return CsvTable(path, with_defaults(keys, mapping))


def with_defaults(keys: AnyTable, mapping: Matching) -> AnyTable:
    """Return a table's part of the mapping, completed by what the mapping's top says for all tables."""
    unset = {name: getattr(mapping, name) for name in Format.model_fields if getattr(keys, name) is None}
    if isinstance(keys, PlaceTable):
        unset.pop("first_line", None)  # that of the readings would leave out a sensor without a word
    if keys.utc_offset is not None or keys.timezone is not None:
        # A table's own clock is the whole of it.
        unset |= {"utc_offset": keys.utc_offset, "timezone": keys.timezone}
    return keys.model_copy(update=unset)


def _holds(names: list[str]) -> str:
    return f"the folder holds: {first_ten(sorted(names)) or 'nothing'}"
