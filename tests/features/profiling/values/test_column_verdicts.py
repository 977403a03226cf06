"""Is a column judged once, and as ever?"""

import pandas as pd

from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import MISSING
from features.privacy.column_judgement import judge_column
from features.profiling.values import column_verdicts
from features.profiling.values.column_verdicts import judge_once


def test_a_column_is_judged_once_and_as_ever(monkeypatch):
    frame = pd.DataFrame({"Contact": ["Ann Lee", "Ben Ortiz", "Dora Ruiz"], "City": ["Plano", "Dallas", "Austin"]})
    columns, judged = ParsedColumns(frame, MISSING), []
    monkeypatch.setattr(
        column_verdicts, "judge_column", lambda name, *rest: judged.append(name) or judge_column(name, *rest)
    )

    verdicts = {name: [judge_once(columns, name) for _ in range(3)] for name in frame}

    assert judged == ["Contact", "City"]
    assert all(verdict == judge_column(name, frame[name]) for name, several in verdicts.items() for verdict in several)
