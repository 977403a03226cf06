"""With how many digits must a number stand beside its limit, so that a reader sees on which side it is?

Lives here: formatting two numbers that are compared. Does not live here: the comparisons (``training.checks``,
``training.evaluation.readiness``, ``training.monitoring``)."""

__all__ = ["format_compared"]

_MAX_DIGITS = 8


def format_compared(value: float, limit: float, digits: int = 3, sign: str = "") -> tuple[str, str]:
    """Format a number and what it is compared with: as many digits more as show which one is larger, eight at most.

    Parameters
    ----------
    digits : int
        Behind the point, where they suffice.
    sign : {"", "+"}
        "+" to write the sign of numbers above 0, too.

    >>> format_compared(0.0312, 0.0287), format_compared(0.02913, 0.02888), format_compared(0.02913, 0.02913)
    (('0.031', '0.029'), ('0.0291', '0.0289'), ('0.029', '0.029'))
    >>> format_compared(-0.00012, 0.0, sign="+")[0], format_compared(5.04, 5, digits=0), format_compared(0.5, -0.5)
    ('-0.0001', ('5.04', '5.00'), ('0.500', '-0.500'))
    """
    texts = _format_both(value, limit, digits, sign)
    if value != limit:
        # As numbers: "-0.000" and "0.000" are alike, "-0.500" and "0.500" are not.
        while float(texts[0]) == float(texts[1]) and digits < _MAX_DIGITS:
            digits += 1
            texts = _format_both(value, limit, digits, sign)
    return texts


def _format_both(value: float, limit: float, digits: int, sign: str) -> tuple[str, str]:
    """Format both with the same number of digits."""
    return f"{value:{sign}.{digits}f}", f"{limit:{sign}.{digits}f}"
