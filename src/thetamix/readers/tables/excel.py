"""Sheets of Excel files (.xlsx) as the text of a CSV table."""

import csv
import datetime
import io
import zipfile
from pathlib import Path

from thetamix.system.errors import InputError, nearest


def is_excel(path: Path) -> bool:
    """Say whether a file's name is that of an Excel file."""
    return path.suffix.lower() in {".xlsx", ".xlsm"}


def sheet_as_text(path: Path, sheet: str | None) -> io.StringIO:
    """Give a sheet as comma-separated text; dates become ISO 8601, formulas their last values.

    Parameters
    ----------
    path
        The Excel file.
    sheet
        Name of the sheet; None takes the first.

    Returns
    -------
    io.StringIO
        The text, a line for each row of the sheet.

    Raises
    ------
    InputError
        If openpyxl is not installed, the file is damaged, or there is no such sheet.
    """
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError as error:
        raise InputError(
            f"{path}: Excel files need the package openpyxl; install it with: pip install openpyxl, or save "
            "the sheet as CSV"
        ) from error
    damage = (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        EOFError,
        OSError,
        SyntaxError,
        TypeError,
    )
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except damage as error:
        raise InputError(f"{path}: is no readable Excel file ({error}); save it again as .xlsx or CSV") from error
    try:
        if sheet is not None and sheet not in book.sheetnames:
            raise InputError(f"{path}: has no sheet {sheet!r}; {nearest(sheet, book.sheetnames)}")
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for row in book[sheet or book.sheetnames[0]].iter_rows(values_only=True):
            writer.writerow([_cell(value) for value in row])
    except damage as error:
        raise InputError(f"{path}: is no readable Excel file ({error}); save it again as .xlsx or CSV") from error
    finally:
        book.close()
    text.seek(0)
    return text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        # Excel holds times as fractions of a day: a full minute may come out a microsecond short.
        value = (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        return value.isoformat(sep=" ") if value.time() != datetime.time() else f"{value:%Y-%m-%d 00:00:00}"
    return " ".join(str(value).split())
