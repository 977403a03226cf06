"""Which time of day do digits without a mark mean: 0815, or 815 where a spreadsheet took the zero off?

Lives here: writing them with a colon. Does not live here: times of day with marks (``date_texts``), whether a column
holds such digits (``profiling.date_columns``).
"""

__all__ = ["write_clock_digits"]


def write_clock_digits(text: str) -> str:
    """Return 815 and 0815 as a time of day, 08:15; any other text as it is.

    >>> write_clock_digits("0815"), write_clock_digits("5"), write_clock_digits("2460"), write_clock_digits("8:15")
    ('08:15', '00:05', '2460', '8:15')
    """
    digits = text.removesuffix(".0")
    if not (digits.isdecimal() and len(digits) <= 4 and int(digits[:-2] or 0) < 24 and int(digits[-2:]) < 60):
        return text
    return f"{int(digits[:-2] or 0):02}:{int(digits[-2:]):02}"
