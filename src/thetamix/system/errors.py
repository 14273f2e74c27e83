"""The errors that a user meets: one message that says what is wrong, where, and what to do.

The command line prints the message alone and ends with the error's exit code; everything else that is
raised is a defect of thetamix.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

#: Names that a message shows of many.
SHOWN = 3


class ThetamixError(Exception):
    """The work failed (exit code 1)."""

    exit_code = 1


class InputError(ThetamixError):
    """The input or the call is wrong (exit code 2): a file, a variable, a study, an option."""

    exit_code = 2


@contextmanager
def named(part: str) -> Iterator[None]:
    """Name the part of a study in which something goes wrong: its author must know which.

    Parameters
    ----------
    part
        In words: ``forecaster 'climate'``.

    Yields
    ------
    None

    Raises
    ------
    ThetamixError
        Where the block raises what is no message to a user, and not of the machine either.
    """
    try:
        yield
    except (ThetamixError, OSError, MemoryError):
        raise
    except Exception as error:
        raise ThetamixError(
            f"{part}: {type(error).__name__}: {error}; `thetamix --debug …` shows the line"
        ) from error


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return which of the choices is meant by a mistyped word.

    Returns
    -------
    str
        The end of a sentence: the nearest known word, or all of them where none is near.

    Examples
    --------
    >>> nearest("secuence", ["sequence", "seeds"])
    'did you mean "sequence"?'
    >>> nearest("colour", ["seeds", "split"])
    'known are: seeds, split'
    """
    words = list(choices)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else "known are: " + ", ".join(sorted(words))


def first_of(names: Sequence[str]) -> str:
    """Show the first names of many.

    Returns
    -------
    str
        Some, and a sign that there are more.

    Examples
    --------
    >>> first_of(["c01", "c02", "c03", "c04"])
    'c01, c02, c03, …'
    """
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def first_ten(names: Sequence[str]) -> str:
    """Show ten names of many, and how many more there are.

    Examples
    --------
    >>> first_ten(["a", "b"] * 6)
    'a, b, a, b, a, b, a, b, a, b and 2 more'
    """
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
