"""Is the order of a file without dates told from its rows, and is a shuffled one none?"""

import numpy as np
import pandas as pd

from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import MISSING
from features.profiling.order_guess import guess_order


def test_months_in_long_runs_prove_time_order_and_shuffled_ones_do_not():
    months = np.repeat(["may", "jun", "jul", "aug", "oct", "nov"], 50)
    shuffled = np.random.default_rng(1).permutation(months)

    guess = guess_order(ParsedColumns(pd.DataFrame({"month": months}), MISSING))

    assert (guess.by, guess.newest_first) == ("row number", False)
    assert "changes 5 times down the file" in guess.reason
    assert guess_order(ParsedColumns(pd.DataFrame({"month": months[::-1]}), MISSING)).newest_first
    assert guess_order(ParsedColumns(pd.DataFrame({"month": shuffled}), MISSING)) is None
    # Sorted by the alphabet, not by the calendar.
    assert guess_order(ParsedColumns(pd.DataFrame({"month": np.sort(months)}), MISSING)) is None


def test_a_serial_number_proves_order_only_when_it_goes_one_way():
    numbers = np.arange(100)

    assert guess_order(ParsedColumns(pd.DataFrame({"n": numbers}), MISSING)).by == "n"
    assert (
        guess_order(ParsedColumns(pd.DataFrame({"n": np.random.default_rng(1).permutation(numbers)}), MISSING)) is None
    )
