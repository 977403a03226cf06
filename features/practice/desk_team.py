"""Who works on the desk, and which leads suit whom? The ``[[team]]`` of practice.toml.

Lives here: what the practice says about one person of the desk.
Does not live here: who may sign in (``serving.accounts``), who gets a lead (``serving.desk.assignment``), who is on
vacation (the desk's page for it), the rule itself (``queue_policy``).
"""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval, Len, Predicate

__all__ = ["TeamMember"]

Text = Annotated[str, Predicate(str.strip)]
Texts = Annotated[tuple[Text, ...], Len(1)]


@dataclass(frozen=True)
class TeamMember:
    """One person who gets leads by rule.

    Parameters
    ----------
    person : str
        The name with which they sign in; kept in small letters, as those names are, however it was written.
    clinics : tuple of str
        Names of the clinics whose leads they take; empty means all of them.
    languages : tuple of str
        Languages they speak beside English, such as "Spanish".
    capacity : int, 1 to 10,000
        They get no further lead while they have this many open ones.
    hours : tuple of str
        When they work, in lines such as "Mon-Fri 08:00-16:00"; empty means the hours of the desk.

    >>> TeamMember("Anna").person, TeamMember("anna").capacity
    ('anna', 50)
    """

    person: Text
    clinics: Texts = ()
    languages: Texts = ()
    capacity: Annotated[int, Interval(ge=1, le=10_000)] = 50
    hours: Texts = ()

    def __post_init__(self) -> None:
        """Fold the name, so that nobody is left out because of a capital."""
        object.__setattr__(self, "person", self.person.strip().casefold())
