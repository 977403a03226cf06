"""Is this the user's password, and is it strong enough? argon2id and the rules of NIST SP 800-63B: long, not common.

Lives here: hashing, comparing, the rules for a new password, generating one.
Does not live here: storing it (``serving.store.repositories.users``), how often it may be tried (``sessions``).
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
"""Longer ones are refused without hashing, so nobody can make the service hash a book."""

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
"""Words in the most common passwords of twelve and more characters, beside digits and punctuation."""

_LEETSPEAK = str.maketrans("0134578@$!", "oleastbasi")
_RUNS = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")
_UNAMBIGUOUS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Characters that are hard to confuse; a generated password consists of them."""


class Passwords:
    """Hashes and verifies with argon2id, with the first parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, two
    passes, one lane.

    Parameters
    ----------
    memory_kib, passes : int
        Of new hashes. A hash with other parameters is still verified; ``needs_rehash`` tells it.
    """

    def __init__(self, memory_kib: int = 19_456, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)
        self._dummy_hash = self.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """Hash a password; the text has the parameters and a random salt."""
        return self._hasher.hash(_normalize(password))

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the one that was hashed.

        For an unknown user pass None: it takes as long and never matches.
        """
        try:
            is_match = self._hasher.verify(password_hash or self._dummy_hash, _normalize(password[: MAX_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
        return is_match and password_hash is not None and len(password) <= MAX_LENGTH

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether a hash was made with other parameters than new ones."""
        return self._hasher.check_needs_rehash(password_hash)


def check_password_strength(password: str, *user_names: str) -> None:
    """Refuse a new password that is short or common. There is no other rule: people should choose long ones that they
    remember.

    Parameters
    ----------
    user_names : str
        Names of the user: a password that consists only of them is refused.

    Raises
    ------
    UserError
        With what is expected, never the password.

    >>> check_password_strength("four calm herons wait")
    >>> check_password_strength("Password2026!", "anna")
    Traceback (most recent call last):
    serving.errors.UserError: password: that password is too common. Four random words work well.
    """
    if len(_normalize(password)) < MIN_LENGTH:
        raise UserError(f"password: use at least {MIN_LENGTH} characters. Four random words work well.")
    if len(password) > MAX_LENGTH:
        raise UserError(f"password: use at most {MAX_LENGTH} characters.")
    if _is_common(_normalize(password).casefold(), user_names):
        raise UserError("password: that password is too common. Four random words work well.")


def generate_password() -> str:
    """Generate a password of 79 random bits in four groups that can be read aloud, such as ``kq7m-w2xa-9hfe-t4pn``."""
    return "-".join("".join(secrets.choice(_UNAMBIGUOUS) for _ in range(4)) for _ in range(4))


def _is_common(text: str, user_names: tuple[str, ...]) -> bool:
    """Whether a password, in lower case, is one or two common words with digits and punctuation around them, a
    keyboard or alphabet run, or a repetition.
    """
    names = [part for name in user_names for part in re.findall(r"[^\W\d_]{3,}", name.casefold())]
    alternatives = "|".join(map(re.escape, (*_COMMON, *names)))
    # The letters alone, with leetspeak decoded or not: "p4ssw0rd2026!" gives "psswrd", "passwordoi" and
    # "password".
    letters = {
        "".join(filter(str.isalpha, form))
        for form in (text, text.translate(_LEETSPEAK), text.rstrip("0123456789!?.$@#*").translate(_LEETSPEAK))
    }
    pattern = rf"({alternatives})({alternatives})?|({alternatives})\3+"
    return (
        any(re.fullmatch(pattern, candidate) for candidate in letters)
        or re.fullmatch(r"(.{1,4}?)\1*.{0,3}", text) is not None
        and len(set(text)) < 5
        or any(text[:MIN_LENGTH] in run for run in _RUNS)
    )


def _normalize(password: str) -> str:
    """Normalize the password's Unicode, so that every keyboard gives the same text."""
    return unicodedata.normalize("NFKC", password)
