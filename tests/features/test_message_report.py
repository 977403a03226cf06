"""Does a file with messages come back with what each says, row by row?"""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cli import read_message_file
from features.errors import DataError
from features.message_report import read_messages, report_messages
from features.practice.practice import Practice
from features.text.label_reader import LabelReader
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon


def test_each_row_of_the_file_has_its_reading_in_order(tmp_path):
    file, out = tmp_path / "texts.csv", tmp_path / "readings.csv"
    messages = [
        "Can I be seen Friday for my ankle?",
        "",
        "What does a filling cost, just asking",
        "half my face is drooping",
    ]
    pd.DataFrame({"id": [4, 3, 2, 1], "Message": messages}).to_csv(file, index=False)

    done = CliRunner().invoke(
        read_message_file, ["--data", str(file), "--out", str(out), "--written", "2026-03-04"], catch_exceptions=False
    )

    frame = pd.read_csv(out)
    assert done.exit_code == 0 and "4 messages, 1 of them empty, read as written on 2026-03-04" in done.output
    assert frame["row"].tolist() == [1, 2, 3, 4]
    assert frame["appointment"][0] > 0.5 and frame["days"][0] == 2 and "ankle" in frame["words"][0]
    assert frame["appointment"].isna().tolist() == [False, True, False, False]
    assert frame["price_only"][2] > 0.5 and frame["red_flag"][3] > 0.5
    assert out.stat().st_mode & 0o077 == 0


def test_the_report_says_what_the_signals_are_computed_from():
    messages = ["my knee is a bit sore, and I have loss of bladder control", "quiero una cita", None]
    practice = Practice()
    readings = MessageReader.of(PhraseLexicon.load_default(), practice).read_all(
        messages, np.full(3, np.datetime64("2026-03-04"))
    )
    labels = LabelReader.load_default().read(messages, readings)

    frame = report_messages(messages, practice, date(2026, 3, 4))

    np.testing.assert_allclose(frame[list(labels.labels)].to_numpy(float), labels.probability, atol=1e-4)


def test_a_file_without_a_column_of_messages_is_refused_with_the_way_out(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("text\nx\n", encoding="utf-8")

    with pytest.raises(DataError, match="0 columns are called message.*Rename the column"):
        read_messages(file)
