"""A wide export as a stranger's CRM writes it: 31 columns of every kind, most of them filled.

Ids, names, contacts, three dates written in three ways, an amount of money, categories, codes and free text.
"""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

__all__ = ["write_wide_export"]

_FIRST = (
    "Anna Luis Mary Chen Fatima John Eva Peter Ravi Olga Tom Ines Karl Sofia Jamal Grace Noah Mia Omar Lena".split()
)
_LAST = (
    "Smith Garcia Nguyen Kowalski Brown Muller Rossi Haddad Ivanova Okafor Jones Silva Lopez Khan Cohen Berg".split()
)
_WORDS = (
    "knee pain shoulder back appointment please call insurance visit doctor weeks swelling after fall running my son "
    "needs soon question about price therapy surgery second opinion tomorrow morning thanks"
).split()
_CHOICES = {
    "Lead Source": ("Web Form", "Phone", "Referral", "Google Ads", "Facebook"),
    "Campaign": tuple(f"camp-{number}" for number in range(40)),
    "Service": ("Physical Therapy", "Knee Replacement", "Spine", "MRI", ""),
    "Insurance": ("Aetna", "Cigna", "BCBS", "Medicare", "Self pay", "UHC"),
    "Insurance Plan": ("PPO", "HMO", "EPO", ""),
    "City": ("Boston", "Quincy", "Salem", "Lynn", "Newton"),
    "State": ("MA", "NH", "RI"),
    "Age Group": ("18-30", "31-45", "46-60", "61+"),
    "Language": ("English", "Spanish", "Portuguese"),
    "Preferred Contact": ("phone", "email", "text"),
    "Referring Provider": ("Dr. Adams", "Dr. Lee", "Dr. Patel", ""),
    "Owner": ("Kim", "Pat", "Sam"),
    "Visits": tuple(map(str, range(1, 9))),
    "Region Code": tuple(map(str, range(1, 300))),
    "UTM Content": tuple(f"ad-{number}" for number in range(900)),
    "Newsletter": ("yes", "no"),
    "Status": ("Booked", "Not interested", "Not interested", "Open", "No answer"),
}
_OTHERS = (
    "Lead ID,First Name,Last Name,Email,Phone,Mobile,Create Date,Last Activity,Follow Up,ZIP,Message,Notes,Budget,"
    "Time on Site"
).split(",")


def write_wide_export(path: Path, leads: int, seed: int = 5) -> None:
    """Write the export; the same seed gives the same file."""
    random = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*_OTHERS, *_CHOICES])
        choices = [random.choice(values, leads).tolist() for values in _CHOICES.values()]
        for row, chosen in zip(_iter_rows(leads, random), zip(*choices, strict=True), strict=True):
            writer.writerow([*row, *chosen])


def _iter_rows(leads: int, random: np.random.Generator) -> Iterator[list[str]]:
    """Yield the values of each lead that differ in nearly every row."""
    start = datetime(2024, 1, 3, 8)
    for number in range(leads):
        first, last = _FIRST[random.integers(len(_FIRST))], _LAST[random.integers(len(_LAST))]
        arrival = start + timedelta(seconds=int(number * 600 + random.integers(600)))
        activity = arrival + timedelta(minutes=int(random.integers(60 * 24 * 20)))
        area, exchange, line = random.integers((201, 200, 1000), (989, 999, 9999)).tolist()
        yield [
            f"00Q{number:09d}AB",
            first,
            last,
            f"{first}.{last}{number % 70_000}@example.org".lower(),
            f"({area}) {exchange}-{line}",
            f"+1{line % 700 + 201}{exchange}{number % 10_000:04d}" if random.random() < 0.6 else "",
            arrival.strftime("%m/%d/%Y %I:%M %p"),
            activity.strftime("%Y-%m-%dT%H:%M:%SZ"),
            (arrival + timedelta(days=int(random.integers(30)))).strftime("%d %b %Y"),
            f"{random.integers(1001, 2999):05d}",
            " ".join(random.choice(_WORDS, int(random.integers(5, 30)))),
            " ".join(random.choice(_WORDS, int(random.integers(12)))),
            f"${random.integers(100, 90_000) / 10:,.2f}",
            f"{random.random() * 900:.1f}",
        ]
