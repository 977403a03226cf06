"""Which texts of a column are answers, although they usually mean an empty cell? [answers] of a mapping.

Lives here: replacing such texts by what they mean, in a table of leads and in one value of a payload.
Does not live here: deciding whether "None" is an answer (``profiling.none_answers``), the texts that usually mean
"missing" (``parsing.scalars``).
"""

from typing import Any

import pandas as pd

__all__ = ["apply_answers", "find_answer_faults", "replace_answer"]

Answers = dict[str, dict[str, str]]
"""Header -> text as it is written -> what it means."""


def replace_answer(value: Any, answers: dict[str, str]) -> Any:
    """Return what a value of a column means, or the value itself. Case and spaces around it do not matter.

    >>> replace_answer(" none", {"None": "No insurance"}), replace_answer("Aetna", {"None": "No insurance"})
    ('No insurance', 'Aetna')
    """
    if not isinstance(value, str):
        return value
    folded = value.strip().casefold()
    return next((meaning for text, meaning in answers.items() if text.strip().casefold() == folded), value)


def apply_answers(frame: pd.DataFrame, answers: Answers) -> pd.DataFrame:
    """Return a table of leads whose texts under [answers] are what they mean; the table itself is not changed.

    >>> apply_answers(pd.DataFrame({"Payer": ["None", ""]}), {"Payer": {"None": "No insurance"}})["Payer"].tolist()
    ['No insurance', '']
    """
    columns = {}
    for header, meanings in answers.items():
        if header in frame:
            texts = [text for text in pd.unique(frame[header]) if isinstance(text, str)]
            replaced = {text: replace_answer(text, meanings) for text in texts}
            if any(text != meaning for text, meaning in replaced.items()):
                columns[header] = [
                    replaced.get(value, value) if isinstance(value, str) else value for value in frame[header]
                ]
    return frame.assign(**columns) if columns else frame


def find_answer_faults(answers: dict[str, Any]) -> list[str]:
    """Return the faults of [answers], which has a section of texts for each column.

    >>> find_answer_faults({"Payer": "None"})
    ['answers.\\'Payer\\' is str, expected texts with what each means, such as { None = "No insurance" }.']
    """
    faults = []
    for header, entry in answers.items():
        if not isinstance(entry, dict):
            faults.append(
                f"answers.{header!r} is {type(entry).__name__}, expected texts with what each means, such as "
                '{ None = "No insurance" }.'
            )
            continue
        faults += [
            f"answers.{header!r} {text!r} is {meaning!r}, expected a text in quotes."
            for text, meaning in entry.items()
            if not isinstance(meaning, str) or not meaning.strip()
        ]
    return faults
