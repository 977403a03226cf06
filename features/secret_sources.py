"""Where does a secret come from? An environment variable, or the file that ``NAME_FILE`` names; nowhere else.

Lives here: reading one secret.
Does not live here: which secrets there are (``serving.settings`` lists the variables).
"""

import os
from pathlib import Path

from features.errors import LeadlightError

__all__ = ["read_secret"]


def read_secret(name: str) -> str | None:
    """Read the secret of that name, without white space around it; None when it is not set.

    Raises
    ------
    LeadlightError
        If both the variable and its file are set, or the file cannot be read or is empty.
    """
    value, path = os.environ.get(name, "").strip(), os.environ.get(f"{name}_FILE", "")
    if value and path:
        raise LeadlightError(f"{name} and {name}_FILE are both set, expected one of them. Unset the other.")
    if not path:
        return value or None
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LeadlightError(
            f"{name}_FILE names a file that cannot be read ({type(error).__name__}). "
            "Name a text file with the secret alone."
        ) from None
    if not text:
        raise LeadlightError(f"{name}_FILE names an empty file. Name a text file with the secret alone.")
    return text
