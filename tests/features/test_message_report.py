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
from features.text.label_model import LabelModel


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


def test_a_phrase_alone_is_enough_for_a_red_flag(monkeypatch):
    message = "my knee is a bit sore, and I have loss of bladder control"
    by_words_alone = LabelModel.load_default().predict([message])[0]
    flag = LabelModel.load_default().labels.index("red_flag")
    # A model that is deaf to emergencies: what is left is the phrase.
    monkeypatch.setattr(LabelModel, "predict", lambda self, messages: np.zeros((len(messages), len(self.labels))))

    frame = report_messages([message, "my knee is a bit sore"], Practice(), date(2026, 3, 4))

    assert by_words_alone[flag] > 0
    assert frame["red_flag"].tolist() == [pytest.approx(LabelModel.load_default().threshold[flag], abs=1e-3), 0]


def test_a_file_without_a_column_of_messages_is_refused_with_the_way_out(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("text\nx\n", encoding="utf-8")

    with pytest.raises(DataError, match="0 columns are called message.*Rename the column"):
        read_messages(file)
