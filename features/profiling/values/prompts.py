"""Which values are prompts that nobody answered, such as "Select", and mean that nothing was given?

Lives here: finding them by how they read and by how many columns have them. Does not live here: the usual texts for a
missing value (``features.parsing.scalars``), answers that read like one (``profiling.none_answers``).
"""

import re
from collections import Counter

import pandas as pd

__all__ = ["find_prompts"]

_PROMPT = re.compile(
    r"(?:-+\s*)?(?:please\s+)?(?:select|choose|pick)\b.{0,40}|-+\s*(?:none|any|select)?\s*-+|"
    r"not (?:selected|chosen|specified)|no selection"
)
_PROMPT_VALUES = 1000
"""A column with more values than this has no prompts: it is no list to choose from."""


def find_prompts(frame: pd.DataFrame) -> dict[str, int]:
    """Count the columns of each value that looks like an unanswered prompt and occurs in at least two columns.

    >>> find_prompts(pd.DataFrame({"a": ["Select", "x"], "b": ["y", "Select"]}))
    {'Select': 2}
    """
    counts: Counter[str] = Counter()
    for name in frame.columns:
        # A column with many values among its first rows has no fewer in all of them.
        if frame[name].iloc[: 2 * _PROMPT_VALUES].nunique() > _PROMPT_VALUES:
            continue
        distinct = pd.unique(frame[name])
        if len(distinct) <= _PROMPT_VALUES:
            counts.update(
                {
                    value.strip()
                    for value in distinct
                    if isinstance(value, str) and _PROMPT.fullmatch(value.strip().casefold())
                }
            )
    return {value: count for value, count in counts.most_common() if count >= 2}
