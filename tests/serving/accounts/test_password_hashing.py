"""Are passwords kept as OWASP says, and refused as NIST says: short or common ones, and no others?"""

import pytest

from serving.accounts.password_hashing import MAX_LENGTH, Passwords, check_password_strength, generate_password
from serving.errors import UserError


def quick():
    return Passwords(memory_kib=8, passes=1)


def test_a_hash_is_argon2id_with_owasps_parameters_and_a_salt_of_its_own():
    first, second = (Passwords().hash("four calm herons wait") for _ in range(2))

    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$") and first != second and "herons" not in first


def test_a_password_fits_its_own_hash_however_its_letters_were_typed():
    passwords = quick()
    password_hash = passwords.hash("vier störche warten")

    assert passwords.matches("vier sto\u0308rche warten", password_hash)
    assert not [
        wrong
        for wrong in ("", "Vier störche warten", "vier störche warten ", "x" * 5_000_000)
        if passwords.matches(wrong, password_hash)
    ]
    assert not passwords.matches("vier störche warten", None) and not passwords.matches(
        "vier störche warten", "no hash at all"
    )


def test_what_is_too_long_never_fits_though_its_beginning_does():
    passwords, longest = quick(), "ab" * (MAX_LENGTH // 2)

    assert passwords.matches(longest, passwords.hash(longest)) and not passwords.matches(
        longest + "c", passwords.hash(longest + "c")
    )


def test_a_hash_of_other_parameters_still_fits_and_is_outdated():
    password_hash = quick().hash("four calm herons wait")

    assert Passwords().matches("four calm herons wait", password_hash)
    assert Passwords().needs_rehash(password_hash) and not quick().needs_rehash(password_hash)


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "987654321098",
        "aaaaaaaaaaaa",
        "121212121212",
        "123123123123",
        "password1234",
        "Password2026!",
        "P@ssw0rd2026!",
        "passwordpassword",
        "qwertyuiop12",
        "1qaz2wsx3edc",
        "Leadlight2026",
        "trustno1trustno1",
        "welcome12345!",
        "abcdefghijkl",
        "anna12345678",
        "AnnaAnna2026",
        "anna.becker.1",
        "Becker!!!!!!1",
    ],
)
def test_what_is_tried_first_is_refused_and_not_repeated(password):
    with pytest.raises(UserError, match="too common") as caught:
        check_password_strength(password, "anna", "Anna Becker")

    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "aller guten dinge",
        "195208171234",
        "tttthhhhrrrree",
        "日本語のパスワードです。長い",
        "a b c d e f g",
    ],
)
def test_no_other_rule_is_made(password):
    check_password_strength(password, "anna", "Anna Becker")


@pytest.mark.parametrize(
    ("password", "match"), [("short words", "at least 12"), ("", "at least 12"), ("long " * 60, "at most 256")]
)
def test_the_length_is_asked_for_in_words(password, match):
    with pytest.raises(UserError, match=match):
        check_password_strength(password)


def test_a_made_password_is_good_and_another_one_each_time():
    passwords = {generate_password() for _ in range(50)}

    assert len(passwords) == 50 and {len(password) for password in passwords} == {19}
    for password in passwords:
        check_password_strength(password)
