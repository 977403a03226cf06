"""Is this the person's password, and is it a good one? argon2id, and the rules of NIST SP 800-63B: long, not a common
one, nothing else.

Lives here: hashing, comparing, what a new password must be, making one.
Does not live here: whose it is (``serving.store.repositories.users``), how often it may be tried (``desk_people``).
"""

import re
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from serving.errors import UserError

__all__ = ["MIN_LENGTH", "MAX_LENGTH", "Passwords", "generate_password", "check_password_strength"]

MIN_LENGTH = 12
MAX_LENGTH = 256
"""Longer ones are refused unread, so that nobody makes the service hash a book."""

_COMMON = (
    "abc",
    "abcd",
    "abcdef",
    "abcdefgh",
    "abcdefghijkl",
    "admin",
    "administrator",
    "appointment",
    "asdf",
    "asdfgh",
    "asdfghjkl",
    "asdfghjklqwe",
    "baseball",
    "changeit",
    "changeme",
    "charlie",
    "clinic",
    "computer",
    "default",
    "desk",
    "doctor",
    "donald",
    "dragon",
    "football",
    "freedom",
    "guest",
    "health",
    "hello",
    "hospital",
    "hunter",
    "iloveyou",
    "internet",
    "jesus",
    "jordan",
    "leadlight",
    "letmein",
    "login",
    "london",
    "lovely",
    "loveyou",
    "manager",
    "master",
    "michael",
    "monkey",
    "mustang",
    "nurse",
    "office",
    "pass",
    "passw",
    "passwort",
    "password",
    "patient",
    "please",
    "pokemon",
    "practice",
    "princess",
    "qazwsx",
    "qazwsxedc",
    "qazwsxedcrfv",
    "qwer",
    "qwerty",
    "qwertyui",
    "qwertyuiop",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "qwertz",
    "qwertzuiop",
    "root",
    "secret",
    "server",
    "shadow",
    "spring",
    "starwars",
    "summer",
    "autumn",
    "winter",
    "sunshine",
    "superman",
    "system",
    "temp",
    "test",
    "testing",
    "trustno",
    "unbelievable",
    "user",
    "welcome",
    "whatever",
    "zaqxsw",
    "zxcvbn",
    "zxcvbnm",
)
"""What the commonest passwords of twelve signs and more are made of, beside digits and signs."""

_PLAIN_LETTERS = str.maketrans("0134578@$!", "oleastbasi")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")
_READ_ALOUD = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters that nobody takes for another: of these a password is made."""


class Passwords:
    """argon2id, with the parameters that OWASP's Password Storage Cheat Sheet names first: 19 MiB, two passes, one
    lane.

    Parameters
    ----------
    memory_kib, passes : int
        Of new hashes. A hash of other parameters is still compared, and ``outdated`` then.
    """

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._nobodys = self.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """What is kept of a password: the hash with its parameters and a salt of its own."""
        return self._hasher.hash(_same_form(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed.

        None, for a name that nobody has, takes as long and never fits.
        """
        wanted = password_hash or self._nobodys
        try:
            fitting = self._hasher.verify(wanted, _same_form(password[: MAX_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
        return fitting and password_hash is not None and len(password) <= MAX_LENGTH

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(password_hash)


def check_password_strength(password: str, *own_words: str) -> None:
    """Refuse a new password that is short or is among the first to be tried. No other rule: long ones that people
    remember are the aim.

    Parameters
    ----------
    own_words : str
        What names the person: nothing that is made of it alone is taken.

    Raises
    ------
    PeopleError
        Saying what is wanted, never the password.

    >>> check_password_strength("four calm herons wait")
    >>> check_password_strength("Password2026!", "anna")
    Traceback (most recent call last):
    serving.errors.UserError: password: it is one of those that are tried first. Choose another, such as four words
    that have nothing to do with each other."""
    if len(_same_form(password)) < MIN_LENGTH:
        raise UserError(
            f"password: it has fewer than {MIN_LENGTH} signs. Choose a longer one, such as four words that have nothing to do with each other."
        )
    if len(password) > MAX_LENGTH:
        raise UserError(f"password: it has more than {MAX_LENGTH} signs. Choose a shorter one.")
    if _is_common(_same_form(password).casefold(), own_words):
        raise UserError(
            "password: it is one of those that are tried first. Choose another, such as four words that have nothing to do with each other."
        )


def generate_password() -> str:
    """A password of 79 random bits in four groups that can be read aloud, such as ``kq7m-w2xa-9hfe-t4pn``."""
    return "-".join("".join(secrets.choice(_READ_ALOUD) for _ in range(4)) for _ in range(4))


def _is_common(text: str, own_words: tuple[str, ...]) -> bool:
    """Whether a password, in small letters, is one or two of the common words with digits and signs around them, a run,
    or one part again and again.
    """
    own = [word for written in own_words for word in re.findall(r"[^\W\d_]{3,}", written.casefold())]
    words = "|".join(map(re.escape, (*_COMMON, *own)))
    bare = {
        "".join(filter(str.isalpha, form))
        for form in (text, text.translate(_PLAIN_LETTERS), text.rstrip("0123456789!?.$@#*").translate(_PLAIN_LETTERS))
    }
    made_of_words = any(re.fullmatch(rf"({words})({words})?|({words})\3+", one) for one in bare)
    return (
        made_of_words
        or re.fullmatch(r"(.{1,4}?)\1*.{0,3}", text) is not None
        and len(set(text)) < 5
        or any(text[:MIN_LENGTH] in run for run in _RUNS)
    )


def _same_form(password: str) -> str:
    """The password in one form of Unicode, whichever keyboard typed it."""
    return unicodedata.normalize("NFKC", password)
