"""Files that are whole or absent: writing under a temporary name, renaming, hashing."""

import contextlib
import errno
import glob
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from thetamix.system.errors import InputError, ThetamixError

#: What files are called while they are written.
TEMPORARY = ".*.part"
_DRAWN = 8  # characters that tempfile draws


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its name when the block ends well.

    Parameters
    ----------
    path
        Where the file shall be; its folder is made.

    Raises
    ------
    ThetamixError
        If the disk is full or the place cannot be written to.
    InputError
        If the path is a folder.
    """
    path = Path(path)
    refuse_folder(path)
    temporary = None
    try:
        with write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
            os.close(handle)
            temporary = Path(name)
            temporary.chmod(0o666 & ~_umask())
            yield temporary
            _flush_to_disk(temporary)
            temporary.replace(path)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Raise an error that says what the user can do where a file cannot be written.

    Raises
    ------
    ThetamixError
        If the disk is full or the place cannot be written to.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        reported = _as_write_error(error, path)
        if reported is None:
            raise
        raise reported from error


def sweep(path: Path) -> None:
    """Remove what a killed process left of a file that it was writing; nobody may be writing it now."""
    for leftover in path.parent.glob(f".{glob.escape(path.name)}.{'?' * _DRAWN}.part"):
        leftover.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one piece."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def sha256(path: Path) -> str:
    """Hash a file's bytes.

    Returns
    -------
    str
        The SHA-256 in hexadecimal digits.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_file(path: Path, what: str) -> Path:
    """Raise unless a file is there.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for the message: "network", "study".

    Raises
    ------
    InputError
        If there is no such file.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such {what} file; check the path")
    if path.is_dir():
        raise InputError(f"{path}: this is a folder, not a {what} file")
    return path


def refuse_folder(path: Path) -> None:
    """Raise where a folder has the name.

    Raises
    ------
    InputError
        If it is a folder.
    """
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file in it")


def refuse_input(output: Path, inputs: Iterable[Path]) -> None:
    """Raise where what is read would be written over.

    Raises
    ------
    InputError
        If it is one of them, under whatever name.
    """
    for path in inputs:
        if output.resolve() == path.resolve() or (output.exists() and path.exists() and output.samefile(path)):
            raise InputError(f"{output}: is read by this command, and would be lost; write to another file")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _as_write_error(error: OSError | RuntimeError, path: Path) -> ThetamixError | None:
    # netCDF4 reports a full disk as "NetCDF: HDF error" or a RuntimeError: ask the disk itself.
    number = getattr(error, "errno", None)
    if number in {errno.ENOSPC, errno.EDQUOT} or _disk_is_full(path):
        return ThetamixError(f"{path}: cannot be written, the disk is full; make room and run the same command again")
    if isinstance(error, PermissionError | FileExistsError | NotADirectoryError | IsADirectoryError):
        return InputError(f"{path}: cannot be written ({error.strerror}); choose another place")
    return None


def _disk_is_full(path: Path) -> bool:
    try:
        usage = os.statvfs(path.parent)
    except OSError:
        return False
    return usage.f_bavail * usage.f_frsize < 64 * 1024
