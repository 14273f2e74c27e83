"""Folders inside archives: a ``.zip`` or ``.tar.gz`` is read as the folder that was packed."""

import contextlib
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from thetamix.system.errors import InputError

#: What a damaged archive raises.
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


@contextlib.contextmanager
def as_folder(source: Path) -> Iterator[Path]:
    """Give a folder, or the folder that an archive holds while the block runs.

    Parameters
    ----------
    source
        A folder, or a zip or tar archive (plain or compressed).

    Yields
    ------
    pathlib.Path
        The folder; that of an archive is temporary.

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
        raise InputError(f"{source}: is not a folder, and not a .zip or .tar.gz archive (or a damaged one)")
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
