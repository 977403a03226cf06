"""Is this phone number or e-mail address a placeholder, typed or sent because there is none?

Lives here: numbers that telephone systems send for hidden callers, digits that nobody has, mailboxes such as
"none@none.com".
Does not live here: a contact that too many leads share (``point_in_time.contact_index``), the normal form of a contact
(``phone_validation``, ``email_addresses``).
"""

import re

import numpy as np

__all__ = ["is_placeholder_email", "is_placeholder_phone", "mask_placeholder_numbers"]

_HIDDEN_CALLERS = frozenset({"7378742833", "266696687", "2562533", "8566696", "86282452253", "8656696", "464"})
"""RESTRICTED, ANONYMOUS, BLOCKED, UNKNOWN, UNAVAILABLE and others, spelled on the keys of a telephone."""
_COUNTING = frozenset(
    {"1234567890", "0123456789", "1234567891", "9876543210", "0987654321", "1231231234", "1112223333", "1234567"}
)

_NO_MAILBOX = re.compile(
    r"(?:(?:no|non|not|none|dont|do[._-]*not|does?nt|without)[._-]*(?:e?[._-]*mail|address|adress|provided|given|have|"
    r"body|one|known|available|patient|contact)(?:[._-]*(?:address|provided|given|available|listed))?|"
    r"none|declined|refused|unknown|notavailable)[0-9]*"
)
_ANY_MAILBOX = frozenset(
    "na n.a n/a null nil test tester testing test1 test123 fake asdf asdfasdf qwerty abc abcd xyz"
    " aaa xxx x a email mail user username name sample patient customer client guest"
    " anonymous private unavailable noname nomail 123 1234 12345 none"
    " noemail sinemail sincorreo nocorreo notiene".split()
)
_ANY_DOMAIN = frozenset(
    "none na nomail noemail noreply test testing fake abc xyz asdf email mail domain aaa xxx xx x a null nil"
    " notprovided unknown invalid no none1 sincorreo noaddress nowhere anonymous gmail yahoo"
    " hotmail outlook aol".split()
)
_NO_DOMAIN = frozenset("none nomail noemail notprovided unknown noaddress sincorreo nowhere null noreply".split())


def is_placeholder_phone(phone: str) -> bool:
    """Return whether a phone number stands for nobody.

    >>> [is_placeholder_phone(phone) for phone in ("000-000-0000", "(737) 874-2833", "+1 555 555 5555", "617-555-0123")]
    [True, True, True, False]
    """
    digits = re.sub(r"\D", "", phone.partition("x")[0])
    national = digits[1:] if len(digits) == 11 and digits.startswith("1") else digits
    if len(set(national)) == 1 and (len(national) >= 5 or national[0] == "0"):
        return True
    if national in _HIDDEN_CALLERS or national in _COUNTING or digits in _HIDDEN_CALLERS:
        return True
    # The last seven digits are one digit: 617-000-0000, 800-999-9999; those of 555-555-0000 are not.
    return len(national) == 10 and len(set(national[3:])) == 1


def mask_placeholder_numbers(numbers: np.ndarray) -> np.ndarray:
    """Return which numbers of ten digits (empty for none) ``is_placeholder_phone`` calls placeholders. Shape as given.

    >>> mask_placeholder_numbers(np.array(["5555555555", "7378742833", "6175550123", ""])).tolist()
    [True, True, False, False]
    """
    digits = np.where(numbers == "", "0000000001", numbers)
    is_known = np.isin(digits, [number for number in _HIDDEN_CALLERS | _COUNTING if len(number) == 10])
    # Seven times the same digit is a multiple of 1111111.
    return is_known | (digits.astype(np.int64) % 10_000_000 % 1_111_111 == 0)


def is_placeholder_email(email: str) -> bool:
    """Return whether an e-mail address stands for nobody.

    >>> [
    ...     is_placeholder_email(email)
    ...     for email in ("none@none.com", "NoEmail@clinic.org", "test@test.com", "test@clinic.org", "nora@gmail.com")
    ... ]
    [True, True, True, False, False]
    """
    mailbox, at, domain = email.strip().casefold().rpartition("@")
    if not at:
        return False
    site = domain.split(".")[0].replace("-", "")
    if domain.endswith(".invalid") or site in _NO_DOMAIN:
        return True
    if mailbox in _ANY_MAILBOX and (site in _ANY_DOMAIN or mailbox == site):
        return True
    return _NO_MAILBOX.fullmatch(mailbox) is not None
