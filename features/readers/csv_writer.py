"""How is a frame written as CSV, quickly and to the byte? What ``DataFrame.to_csv`` writes, column by column.

Lives here: the text of a frame.
Does not live here: files, and what is written in one step (``frame_writer``), the digits of a number
(``features.logs.json_numbers``).

pandas turns every number into text by itself and has ``csv`` look at every cell. Here numbers become text by column,
and a text that comes again is looked at once.
"""

import csv
import io
import os
import re
from typing import TextIO

import numpy as np
import pandas as pd

from features.logs.json_numbers import format_numbers

__all__ = ["write_csv"]

_CELLS_AT_ONCE = 100_000

_SPECIAL = re.compile(r'[",\r\n]')
"""What may need quotes."""


def write_csv(frame: pd.DataFrame, file: TextIO, header: bool = True) -> None:
    """Write what ``frame.to_csv(file, index=False, header=header)`` writes.

    >>> file = io.StringIO()
    >>> frame = pd.DataFrame({"lead_id": ["a", "b, c"], "score": [0.25, np.nan], "lane": ["normal", None]})
    >>> write_csv(frame, file)
    >>> file.getvalue().split(os.linesep)
    ['lead_id,score,lane', 'a,0.25,normal', '"b, c",,', '']
    """
    # A row of one empty cell has quotes, and types that no table of ours has are left to pandas.
    if frame.shape[1] < 2 or not all(kind.kind in "OMiub" or kind == np.float64 for kind in frame.dtypes):
        frame.to_csv(file, index=False, header=header)
        return
    if header:
        frame.iloc[:0].to_csv(file, index=False)
    # As many rows at a time as pandas takes: whether times have a fraction is decided among them.
    rows_at_once = max(_CELLS_AT_ONCE // frame.shape[1], 1)
    for start in range(0, len(frame), rows_at_once):
        rows = frame.iloc[start : start + rows_at_once]
        columns = [_format_column(rows.iloc[:, position]) for position in range(rows.shape[1])]
        file.writelines([f"{','.join(cells)}{os.linesep}" for cells in zip(*columns, strict=True)])


def _format_column(column: pd.Series) -> list[str]:
    """Return the text of each cell, in quotes where it needs them."""
    kind = column.dtype.kind
    if kind == "f":
        return _format_floats(column.to_numpy())
    if kind == "M":
        return _format_times(column)
    values = column.to_numpy(object)
    texts = ["" if empty else str(value) for value, empty in zip(values, pd.isna(values), strict=True)]
    quoted = {text: _quote(text) for text in set(texts)}
    return [quoted[text] for text in texts]


def _format_floats(numbers: np.ndarray) -> list[str]:
    """Return the shortest digits of each number; nothing for NaN."""
    texts = format_numbers(numbers)
    for row in np.flatnonzero(~np.isfinite(numbers)).tolist():
        texts[row] = "" if np.isnan(numbers[row]) else str(float(numbers[row]))
    return texts


def _format_times(times: pd.Series) -> list[str]:
    """Return each time as pandas writes it beside the others of its column; nothing for NaT."""
    codes, distinct = pd.factorize(times)
    texts = pd.Series(distinct).to_csv(index=False, header=False).splitlines()
    # The code -1 of NaT finds the last text.
    texts.append("")
    return [texts[code] for code in codes.tolist()]


def _quote(text: str) -> str:
    """Return a cell's text as ``csv`` writes it before another cell."""
    if not _SPECIAL.search(text):
        return text
    line = io.StringIO()
    csv.writer(line, lineterminator=os.linesep).writerow((text, ""))
    return line.getvalue().removesuffix(f",{os.linesep}")
