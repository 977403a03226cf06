"""What is a planted story? A name, what it is about, and what is true of the tables.

Lives here: the record. Does not live here: planting them (``planted_stories``).
"""

from dataclasses import dataclass

__all__ = ["Story"]


@dataclass(frozen=True)
class Story:
    """A story that is true of the tables.

    Parameters
    ----------
    name : str
    where : str
        What it is about: a campaign, a person, an hour, a form, a field.
    truth : str
    """

    name: str
    where: str
    truth: str
