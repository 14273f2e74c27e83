"""Tables on the terminal."""

from collections.abc import Iterator, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

GAP = 2


def print_table(console: Console, table: pd.DataFrame, caption: str) -> None:
    """Print a table score by score; forecasters that do not fit beside each other stand below each other.

    Parameters
    ----------
    console
        Where to.
    table
        Columns (score, forecaster), values as text.
    caption
        Printed above.
    """
    console.print()
    console.print(caption, highlight=False, markup=False)
    places = [str(place) for place in table.index]
    for score in dict.fromkeys(column[0] for column in table.columns):
        part = table[score]
        first = max(len(text) for text in [score, *places])
        widths = [_width(str(name), part[name]) for name in part.columns]
        for columns in _that_fit(widths, console.width - first):
            drawn = Table(box=None, padding=(0, GAP, 0, 0), header_style="bold")
            drawn.add_column(score, no_wrap=True)
            for column in columns:
                drawn.add_column(str(part.columns[column]), justify="right", width=widths[column])
            for place, values in zip(places, part.to_numpy(), strict=True):
                drawn.add_row(place, *(str(values[column]) for column in columns))
            console.print(drawn)
            console.print()


def _width(name: str, values: Sequence[object]) -> int:
    """Return the width at which a header breaks between words only."""
    return max(len(text) for text in [*name.split(), *map(str, values)])


def _that_fit(widths: Sequence[int], room: int) -> Iterator[list[int]]:
    row: list[int] = []
    used = 0
    for column, width in enumerate(widths):
        if row and used + width + GAP > room - GAP:
            yield row
            row, used = [], 0
        row.append(column)
        used += width + GAP
    yield row
