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
FLOAT = re.compile(r"-?(?:0\.\d{6,}|\d{1,2}\.\d{12,})(?:e[+-]?\d+)?", re.IGNORECASE)
"""A share, or a number in full precision: its digits may be those of a planted number by chance.

A phone number has ten digits and begins with no zero, so neither 1.6175550143 nor 1.617.555.0143 is one."""
NAME_HEADERS = (
    "First Name|Last Name|Name|Full Name|Name (First)|Name (Last)|Name (Prefix)|Person - Name|full_name|first_name|"
    "FirstName|lastname|fname|lname|contact_name|Contact Name|Customer Name|Client Name|Patient Name|Caller Name|"
    "caller_name|Lead Name|Given Name|Family Name|Surname|Maiden Name|Preferred Name|Nickname|Parent Name|"
    "Guardian Name|Emergency Contact|Your Name|Nombre|Apellidos|Vorname|Nachname|Prénom|Nom de famille|Nome completo|"
    "Cognome|Voornaam|Achternaam|Lead Owner|Assigned To|Counselor|Vendedor|Bearbeiter|Sales Rep|Created By|Provider"
).split("|")
VALUE_HEADERS = "field_7|field_8|field_9|Extra 1|Extra 2|Extra 3|Notes B|Column A|Column B|Column C".split("|")
SETTINGS = "most_trees = 40\nresamples = 5\nfolds = 2\nthreads = 1\nmoments_hours = [0]\n"


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
            "Booked": np.where(random.random(count) < 1 / (1 + np.exp(1.5 - 0.2 * visits)), "Yes", "No"),
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
    if name.endswith("scores.csv"):
        text = drop_computed_columns(text)
    marks = (mark for mark in MARKS.finditer(text) if not is_within_floats(text, mark.start(), mark.end()))
    return [f"{name}: {mark.group()}" for mark in marks if "/code/" not in name]


def is_within_floats(text: str, start: int, end: int) -> bool:
    """Whether this part of a text belongs to floats only, such as "0.4555,0.0112"."""
    while start > 0 and re.match(r"[\w.+-]", text[start - 1]):
        start -= 1
    while end < len(text) and re.match(r"[\w.+-]", text[end]):
        end += 1
    return all(FLOAT.fullmatch(token) for token in re.split(r"[^\w.+-]+", text[start:end]))


def drop_computed_columns(text: str) -> str:
    """Scores without the columns of probabilities and log-odds, which must be floats of that size."""
    scores = pd.read_csv(io.StringIO(text), dtype=str)
    computed = [name for name in scores if name.startswith("probability") or name.endswith("log_odds")]
    numbers = scores[computed].apply(pd.to_numeric)
    assert len(computed) >= 4 and not (numbers.abs() >= 50).any(axis=None)
    return scores.drop(columns=computed).to_csv(index=False)


@pytest.mark.parametrize(
    "text",
    [
        "1.617.555.0143",
        "1.6175550143",
        "0.617.555.0143",
        "(617) 555-0143",
        "6175550143.0",
        "phone0.617555014300",
        "0.617555014300 6175550143",
        "0.5 1.6175550143",
    ],
)
def test_a_number_written_with_dots_is_found(text):
    assert find_marks("report.txt", text.encode()) != []


@pytest.mark.parametrize("text", ["0.12555490196", "[0.4444555,0.0112233]", "-2.125554901961234", "x: 0.5550143e-05,"])
def test_the_digits_of_a_float_are_no_number_of_a_person(text):
    assert find_marks("report.txt", text.encode()) == []


def test_scores_are_searched_without_what_was_computed():
    header = "lead_id,probability,probability_low,probability_high,log_odds,reason_1\n"

    assert find_marks("scores.csv", f"{header}7,0.5550143,0.1,0.9,-1.5550143,visits\n".encode()) == []
    assert find_marks("scores.csv", f"{header}7,0.5,0.1,0.9,-1.5,call 1.6175550143\n".encode()) != []
    with pytest.raises(AssertionError):
        find_marks("scores.csv", f"{header}7,0.5,0.1,0.9,6175550143,visits\n".encode())
