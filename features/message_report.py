"""What does each message of a file say? One row for each, in the same order, with the words that it rests on.

Lives here: reading any file with a ``message`` column and writing the readings beside it.
Does not live here: how a message is read (``text.label_reader``, ``text.message_reader``).
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import DataError
from features.file_permissions import private_files
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.readers.frame_writer import write_frame
from features.readers.raw_files import read_frame
from features.text.label_reader import LabelReader
from features.text.label_spans import find_carrying_words

__all__ = ["read_messages", "report_messages", "write_report"]

_MOST_WORDS = 5
"""Words named for each label."""


def read_messages(path: Path) -> list[str | None]:
    """Read the ``message`` column of a file, whatever its capitals; None where a cell is empty.

    Raises
    ------
    DataError
        If no column, or more than one, is called message.
    """
    frame = read_frame(path).frame
    columns = [name for name in frame.columns if str(name).strip().casefold() == "message"]
    if len(columns) != 1:
        raise DataError(
            f"{path}: {len(columns)} columns are called message; its {len(frame.columns)} columns are "
            f"{', '.join(map(str, frame.columns[:12]))}. Rename the column that holds the messages to message."
        )
    return [None if pd.isna(value) or not str(value).strip() else str(value) for value in frame[columns[0]]]


def report_messages(messages: list[str | None], practice: Practice, written: date) -> pd.DataFrame:
    """Return what each message says: a probability for each label, ``days``, ``service`` and ``words``.

    >>> frame = report_messages(["Can I see somebody on Friday about my knee?"], Practice(), date(2026, 3, 4))
    >>> bool(frame["appointment"][0] > 0.5), float(frame["days"][0])
    (True, 2.0)
    """
    reader = Context(practice).reader
    readings = reader.read_all(messages, np.full(len(messages), np.datetime64(written)))
    label_reader = LabelReader.load_default().with_words(reader.label_words)
    labels = label_reader.read(messages, readings)
    services = np.where(readings.service >= 0, readings.service, readings.treating)
    frame = pd.DataFrame(np.round(labels.probability, 4), columns=list(labels.labels))
    frame.insert(0, "row", np.arange(1, len(messages) + 1))
    frame["days"] = labels.days
    frame["service"] = [practice.services[at].name if at >= 0 else None for at in services]
    is_label = labels.probability >= labels.threshold
    frame["words"] = [
        _name_words(label_reader, message, row) if message else None
        for message, row in zip(messages, is_label, strict=True)
    ]
    return frame


def write_report(path: Path, out: Path, practice: Practice, written: date) -> pd.DataFrame:
    """Read the messages of a file, write what they say to another, for its owner alone, and return it."""
    frame = report_messages(read_messages(path), practice, written)
    with private_files():
        write_frame(frame, out)
    return frame


def _name_words(reader: LabelReader, message: str, is_said: np.ndarray) -> str:
    """Return the words that each label rests on: "appointment: schedule visit; condition: knee"."""
    weighed, parts = reader.weigh_words(message), []
    for column in np.flatnonzero(is_said).tolist():
        strongest = find_carrying_words(weighed, message, column, _MOST_WORDS)
        parts.append(f"{reader.labels[column]}: {' '.join(message[slice(*weighed.spans[word])] for word in strongest)}")
    return "; ".join(parts)
