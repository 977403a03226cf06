"""An export with names under 60 headers and as values goes the whole way. Does any of it stand in a file at the end?

It is inspected, trained on as proposed, registered, scored, explained and loaded. Only the export itself and the
practice's own store may hold what was planted; what the service writes is searched in ``test_canary``.
"""

import gzip
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FIRST_NAMES = ("Thaddeus", "Philippa", "Ignatius", "Rosalind", "Cordelia", "Leopold", "Winifred", "Bartholomew")
SURNAMES = ("Vanderbilt", "Abernathy", "Oppenheimer", "Fitzgerald", "Montague", "Killingsworth", "Zimmermann")
INVENTED = ("Quillfeather", "Zanzibarwort", "Ostrichbane", "Plumbagot")
"""Names that no list of names has: only the header tells."""

MARKS = re.compile(
    "|".join((*FIRST_NAMES, *SURNAMES, *INVENTED, "gooseberry", r"555.{0,3}01\d\d", "Plumbago Crescent")), re.IGNORECASE
)
PROBABILITY = re.compile(r"(?<![\d.])[01]\.\d*$")
"""The beginning of a number between 0 and 1; "617." of a phone number is none."""
NAME_HEADERS = (
    "First Name|Last Name|Name|Full Name|Name (First)|Name (Last)|Name (Prefix)|Person - Name|full_name|first_name|"
    "FirstName|lastname|fname|lname|contact_name|Contact Name|Customer Name|Client Name|Patient Name|Caller Name|"
    "caller_name|Lead Name|Given Name|Family Name|Surname|Maiden Name|Preferred Name|Nickname|Parent Name|"
    "Guardian Name|Emergency Contact|Your Name|Nombre|Apellidos|Vorname|Nachname|Prénom|Nom de famille|Nome completo|"
    "Cognome|Voornaam|Achternaam|Lead Owner|Assigned To|Counselor|Vendedor|Bearbeiter|Sales Rep|Created By|Provider"
).split("|")
VALUE_HEADERS = "field_7|field_8|field_9|Extra 1|Extra 2|Extra 3|Notes B|Column A|Column B|Column C".split("|")
SETTINGS = "most_trees = 8\nresamples = 5\nfolds = 2\nthreads = 1\nmoments_hours = [0]\n"


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    """420 leads; every value that names a person is on at least ten of them, so that it could become a level."""
    random, count = np.random.default_rng(8), 420
    first, last, odd = (random.choice(names, count) for names in (FIRST_NAMES, SURNAMES, INVENTED))
    full = np.array([f"{one} {two}" for one, two in zip(first[:8].repeat(60), np.resize(last[:7], 480), strict=True)])
    full = full[random.integers(0, 40, count)]
    phones = np.array([f"(617) 555-01{number % 30:02d}" for number in range(count)])
    visits = random.integers(0, 15, count)
    frame = pd.DataFrame(
        {
            "Record ID": np.arange(7000, 7000 + count),
            "Created Date": pd.Timestamp("2025-01-06 09:00") + pd.to_timedelta(np.arange(count) * 17, unit="h"),
            "Lead Source": np.where(np.arange(count) % 3 == 0, full, random.choice(["Google", "Yelp", "Radio"], count)),
            "Campaign": np.where(np.arange(count) % 4 == 0, "gooseberry@example.org", "Brand"),
            "Landing Page": np.where(np.arange(count) % 5 == 0, "/book?name=Philippa", "/knee"),
            "Referred By": full,
            "Total Visits": visits,
            "Booked": np.where(random.random(count) < 1 / (1 + np.exp(1.2 - 0.15 * visits)), "Yes", "No"),
        }
    )
    for number, header in enumerate(NAME_HEADERS):
        frame[header] = (first, last, odd, full)[number % 4]
    streets = [f"{number % 30} Plumbago Crescent" for number in range(count)]
    mails = [f"gooseberry{number % 30}@example.org" for number in range(count)]
    turned = [f"{two.upper()}, {one}" for one, two in zip(first, last, strict=True)]
    titled = [f"Dr. {name}" for name in odd]
    digits = [f"617555{100 + number % 30:04d}" for number in range(count)]
    values = (
        full,
        first,
        turned,
        titled,
        phones,
        digits,
        streets,
        mails,
        full,
        [f"{phone} call late" for phone in phones],
    )
    return frame.assign(**dict(zip(VALUE_HEADERS, values, strict=True)))


def test_no_planted_name_is_in_any_file_outside_the_practices_store(leadlight, planted, tmp_path):
    export = tmp_path / "data" / "leads.csv"
    export.parent.mkdir()
    planted.to_csv(export, index=False)
    (tmp_path / "settings.toml").write_text(SETTINGS)

    assert len(NAME_HEADERS) + len(VALUE_HEADERS) == 60
    said = {"inspect": leadlight("inspect", export, "--out", "m.toml")}
    train = ("train", "--data", export, "--mapping", "m.toml", "--settings", "settings.toml", "--out", "report")
    said["train"] = leadlight(*train)
    said["score"] = leadlight("score", "--data", export, "--reasons", "--out", "scores.csv")
    said["explain"] = leadlight("explain", "7001", "--data", export)
    said["load"] = leadlight("load", "--data", export)

    assert {verb: words for verb, (code, words) in said.items() if code} == {}
    assert "LC016 holds" in said["train"][1] and "It is the champion" in said["train"][1]
    assert [(verb, mark) for verb in ("inspect", "train", "score") for mark in MARKS.findall(said[verb][1])] == []
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not is_own_data(path, export.parent)]
    assert len(outside) > 20
    assert [found for path in outside for found in find_marks(str(path.relative_to(tmp_path)), path.read_bytes())] == []
    open_to_others = [
        str(path.relative_to(tmp_path)) for path in (tmp_path / "mlruns").rglob("*") if path.stat().st_mode & 0o077
    ]
    assert open_to_others == [] and (tmp_path / "mlruns").stat().st_mode & 0o077 == 0


def is_own_data(path: Path, data: Path) -> bool:
    """Whether a file is the export or the store, which hold what persons said."""
    return path.is_relative_to(data) or path.name.startswith("leadlight.db")


def find_marks(name: str, content: bytes) -> list[str]:
    """Find planted values in some bytes, unpacked where they are packed."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [
                mark for member in packed.namelist() for mark in find_marks(f"{name}:{member}", packed.read(member))
            ]
    text = content.replace(b"\0", b"").decode(errors="replace")
    # The digits of a probability, 0.12555490196, may hold those of a planted number by chance.
    marks = (
        mark for mark in MARKS.finditer(text) if not PROBABILITY.search(text[max(0, mark.start() - 24) : mark.start()])
    )
    return [f"{name}: {mark.group()}" for mark in marks if "/code/" not in name]
