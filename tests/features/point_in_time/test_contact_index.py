"""Is a phone number or an e-mail address judged as its library judges it, and are earlier inquiries counted rightly?"""

import random

import numpy as np
import pytest

from features.arrays.point_in_time_index import PointInTimeIndex
from features.parsing.email_addresses import normalize_by_library as email_by_library
from features.parsing.email_addresses import normalize_email
from features.parsing.phone_validation import normalize_by_library as phone_by_library
from features.parsing.phone_validation import normalize_phone
from features.point_in_time.contact_index import ContactIndex, compute_contact_keys

AREAS = (
    "242 246 264 268 284 340 345 441 473 500 521 600 622 649 658 664 670 671 684 721 758 767 784 787 800 "
    "809 829 849 868 869 876 900 939 983"
).split()
WRITTEN = ("{}{}{}", "({}) {}-{}", "+1{}{}{}", "1-{}-{}-{}", "{}.{}.{}", "+1 ({}) {} {}", "1{}{}{}", "{} {}-{}")
NASTY_PHONES = (
    "",
    " ",
    "+",
    "1",
    "911",
    "2125550123x12",
    "212-555-0123 ext. 4",
    "011 44 20 7946 0958",
    "+44 20 7946 0958",
    "1-800-FLOWERS",
    "(212) 555-0123 (cell)",
    "(212) 555-0123(home)",
    "(212) 555-0123 (call)",
    "212)555-0123",
    "((212)555-0123",
    "２１２５５５０１２３",
    "212–555–0123",
    "212  555  0123",
    "tel:+12125550123",
    "0112902158",
    "1 011 290 2158",
    "3101234",
    "+1 212 555 0123;ext=5",
    "2125550123\n",
    "001 212 555 0123",
    "12125550123#",
    "+1+12125550123",
    "8001234567",
    "8002345678",
    "2465210123",
    "246 521 1123",
    "8766060123",
    "876-606-9123",
    "(011) 290-2158",
)
NASTY_EMAILS = (
    "",
    "@",
    "a@",
    "@b.org",
    "a@b",
    "a@localhost",
    "a.b@example.org",
    ".a@example.org",
    "a.@example.org",
    "a..b@example.org",
    "a@example..org",
    "a@.example.org",
    "a@example.org.",
    "a@-example.org",
    "a@example-.org",
    "a@ex_ample.org",
    "a@xn--bcher-kva.example",
    "a@bücher.example",
    "ä@example.org",
    "A+B@Example.ORG",
    "o'neil@example.org",
    '"a b"@example.org',
    "Ann <ann@example.org>",
    "a@example.org, b@example.org",
    "a b@example.org",
    "a@exam ple.org",
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    "a@example.o",
    "a@example.123",
    "a" * 64 + "@example.org",
    "a" * 65 + "@example.org",
    "a@" + "b" * 63 + ".org",
    "a@" + "b" * 64 + ".org",
    "a@" + "b." * 100 + "org",
    "a@test",
    "a@example.test",
    "a@x.invalid",
    "postmaster@example.org",
    "INFO@example.org",
    "a%b@example.org",
    "a@example,org",
    "a at example.org",
    "a@@example.org",
    "ſ@example.org",
    "K@example.org",
    "a@EXAMPLE.com ",
    "-@example.org",
    "a=b@example.org",
    "a@arpa",
    "a@b.arpa",
    "a@example.onion",
    "a@xn--.org",
    "a@ab--cd.org",
)


def make_phones(count: int) -> list[str]:
    """Valid and invalid numbers of all the countries of code 1, in many spellings, and noise."""
    draw = random.Random(7)
    phones = []
    for _ in range(count):
        area = draw.choice(AREAS) if draw.random() < 0.4 else f"{draw.randrange(1000):03d}"
        phones.append(draw.choice(WRITTEN).format(area, f"{draw.randrange(1000):03d}", f"{draw.randrange(10_000):04d}"))
    for _ in range(count // 5):
        digits = "".join(draw.choice("0123456789") for _ in range(draw.randrange(1, 16)))
        phones.append(
            draw.choice(("", "1", "+", "011", " ", "00"))
            + digits
            + draw.choice(("", "", " (cell)", "(work)", " x3", "a", "#"))
        )
    return phones


def make_emails(count: int) -> list[str]:
    """Addresses of random characters, some of which no address may hold."""
    draw = random.Random(7)
    domains = (
        "example.org",
        "Mail.Example.com",
        "gmail.com",
        "b",
        "b..org",
        "-b.org",
        "b.c-d.org",
        "münchen.example",
        "1.2.org",
        "x.test",
    )
    letters = "abcXYZ019._-+'=!%& \"@é"
    return [
        "".join(draw.choice(letters[: draw.choice((9, 15, 22))]) for _ in range(draw.randrange(0, 9)))
        + "@"
        + draw.choice(domains)
        for _ in range(count)
    ]


def test_a_phone_number_is_judged_as_the_library_judges_it():
    judge = phone_by_library.__wrapped__

    for phone in (*NASTY_PHONES, *make_phones(20_000)):
        assert normalize_phone(phone) == judge(phone), phone


def test_an_email_address_is_judged_as_the_library_judges_it():
    judge = email_by_library.__wrapped__

    for email in (*NASTY_EMAILS, *make_emails(20_000)):
        assert normalize_email(email) == judge(email), email


def test_two_spellings_of_a_number_or_an_address_have_one_key():
    columns = {
        "phone": np.array(["617-555-0123", "+1 (617) 555 0123", "12", None], object),
        "email": np.array(["Ann@Example.org", "ann@example.ORG", "ann", None], object),
    }

    keys = compute_contact_keys(columns)

    for name in columns:
        assert keys[name][0] == keys[name][1] != 0 and keys[name][2:].tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(3))
def test_entries_before_a_moment_are_those_that_counting_one_by_one_finds(seed):
    draw = np.random.default_rng(seed)
    keys, at = draw.integers(0, 6, 300).astype(np.uint64), draw.integers(0, 40, 300).astype("datetime64[us]")
    at[::17] = np.datetime64("NaT")
    queries, cutoff = draw.integers(0, 8, 100).astype(np.uint64), draw.integers(-1, 42, 100).astype("datetime64[us]")
    cutoff[::13] = np.datetime64("NaT")

    counts = PointInTimeIndex.of(keys, at).count_before(queries, cutoff)

    assert counts.tolist() == [
        int(((keys == key) & (key != 0) & (at < moment)).sum()) for key, moment in zip(queries, cutoff, strict=True)
    ]


def test_leads_in_an_index_are_counted_alike_when_those_seen_once_are_left_out():
    draw = np.random.default_rng(1)
    columns = {"person_id": np.array([f"P{i}" for i in draw.integers(0, 300, 400)], object)}
    columns["created_at"] = draw.integers(0, 10**13, 400).astype("datetime64[us]")
    index = ContactIndex.of(columns, columns["created_at"])

    repeated = ContactIndex(index.entries.keep_repeated_keys())

    assert 0 < len(repeated.entries) < len(index.entries)
    np.testing.assert_array_equal(
        repeated.count_earlier_enquiries(columns, 400), index.count_earlier_enquiries(columns, 400)
    )
