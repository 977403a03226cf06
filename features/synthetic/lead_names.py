"""What are the leads of the invented practice called? Names from two short lists, for the desk's demo alone.

Lives here: the lists and who gets a name. Does not live here: anything that a score may read; the names are drawn after
everything else, so that the data without them stays the same.
"""

from dataclasses import replace

import numpy as np

from features.synthetic.generator import SyntheticPractice

__all__ = ["add_names"]

_FIRST_NAMES = (
    "Maria James Linda Robert Patricia Michael Barbara William Elizabeth David Jennifer Richard Susan Joseph Jessica "
    "Thomas Karen Carlos Nancy Daniel Lisa Matthew Sandra Anthony Ashley Mark Emily Steven Rosa Paul Donna Andrew "
    "Carol Luis Ruth Kevin Sharon Brian Guadalupe George"
).split()
_SURNAMES = (
    "Smith Johnson Williams Garcia Jones Martinez Davis Rodriguez Miller Hernandez Wilson Lopez Anderson Gonzalez "
    "Moore Taylor Nguyen Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young "
    "Allen King Wright Scott Torres Hill Flores Green Adams"
).split()
_SHARE_NAMED = 0.85
"""Missed calls and chats leave no name."""


def add_names(practice: SyntheticPractice, seed: int) -> SyntheticPractice:
    """Return the practice with ``first_name`` and ``last_name`` beside its leads; some have none.

    The same seed gives the same names. They follow no lead's sex, age or origin.
    """
    random, leads = np.random.default_rng([seed, len(practice.leads)]), practice.leads.copy()
    is_named = random.random(len(leads)) < _SHARE_NAMED
    for column, names in (("first_name", _FIRST_NAMES), ("last_name", _SURNAMES)):
        drawn = random.integers(0, len(names), len(leads)).tolist()
        leads[column] = [names[number] if named else None for number, named in zip(drawn, is_named, strict=True)]
    return replace(practice, leads=leads)
