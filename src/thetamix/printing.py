"""Tables on the terminal."""

import pandas as pd
from rich.console import Console
from rich.table import Table


def print_table(console: Console, table: pd.DataFrame, caption: str) -> None:
    """Print a table as wide as it is: one column group a score, folded where the terminal is narrow.

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
    console.print(caption, highlight=False)
    for score in dict.fromkeys(column[0] for column in table.columns):
        part = table[score]
        drawn = Table(box=None, pad_edge=False, header_style="bold")
        drawn.add_column(score, no_wrap=True)
        for forecaster in part.columns:
            drawn.add_column(str(forecaster), justify="right", overflow="fold")
        for place, values in zip(part.index, part.to_numpy(), strict=True):
            drawn.add_row(str(place), *map(str, values))
        console.print(drawn)
        console.print()
