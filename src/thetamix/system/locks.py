"""One process at a time writes in a folder, or a file."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from thetamix.system.errors import InputError
from thetamix.system.files import sweep, write_errors


@contextlib.contextmanager
def held(lock: Path, what: Path, option: str) -> Iterator[None]:
    """Keep every other process away from something while the block runs.

    The operating system releases the lock when the process ends, however it ends.

    Parameters
    ----------
    lock
        A file that is there while the lock is held; its folder is made.
    what
        What is written meanwhile, for the message.
    option
        With which the user can choose another one.

    Raises
    ------
    InputError
        If another process holds it; the message says who.
    """
    file = _open(lock, what, option)
    with file:
        try:
            with write_errors(lock):
                file.truncate(0)
                file.write(f"process {os.getpid()} on {socket.gethostname()}".encode())
            yield
        finally:
            lock.unlink(missing_ok=True)


@contextlib.contextmanager
def alone_with(path: Path, option: str) -> Iterator[None]:
    """Keep every other process from writing a file, and remove what a killed one left half written.

    Parameters
    ----------
    path
        The file.
    option
        With which the user can choose another one.

    Raises
    ------
    InputError
        If another process is writing it.
    """
    with held(path.with_name(f".{path.name}.lock"), path, option):
        sweep(path)
        yield


def _open(lock: Path, what: Path, option: str) -> FileIO:
    while True:
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = lock.open("a+b", buffering=0)  # nothing is left to write where a full disk refused it
        except OSError as error:
            raise InputError(f"{what}: cannot be written ({error.strerror}); choose another {option}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().decode().strip() or "another process"
            file.close()
            raise InputError(f"{what}: held by {holder}; wait until it ends, or use another {option}") from None
        except OSError as error:
            file.close()
            raise InputError(
                f"{what}: lies where files cannot be locked ({error.strerror}); choose another {option}"
            ) from error
        with contextlib.suppress(FileNotFoundError):  # who held it may have removed it since
            if os.path.samestat(os.fstat(file.fileno()), lock.stat()):
                return file
        file.close()
