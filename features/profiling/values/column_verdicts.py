"""Does a column of an export identify a person? Judged once, however many ask.

Lives here: remembering the verdict. Does not live here: the verdict (``privacy.column_judgement``).
"""

from features.parsing.parsed_columns import ParsedColumns
from features.privacy.column_judgement import judge_column
from features.privacy.column_verdict import Verdict

__all__ = ["judge_once"]


def judge_once(columns: ParsedColumns, name: str) -> Verdict:
    """Judge a column as ``judge_column`` does; of a wide export that takes most of the time.

    >>> import pandas as pd
    >>> columns = ParsedColumns(pd.DataFrame({"field_7": ["Ann Lee", "Ben Ortiz", "Dora Ruiz"]}), frozenset())
    >>> judge_once(columns, "field_7").kind, judge_once(columns, "field_7") is judge_once(columns, "field_7")
    ('names of persons', True)
    """
    return columns.remember(("verdict", name), lambda: judge_column(name, columns[name], columns.missing))
