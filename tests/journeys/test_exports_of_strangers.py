"""Does an export that nobody prepared go from inspect through training to scores, with no person in the model?"""

import csv
import json
import random
from datetime import datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner

from features.cli import inspect_file
from features.mapping.column_mapping import read_mapping
from features.practice.practice import Practice
from features.profiling.export_profile import profile_export
from features.tables.tables import read_tables
from serving.cli.score import score
from serving.scoring.engine import Engine
from training.pipeline import train
from training.settings import Settings

START = datetime(2025, 2, 3, 8, 30)
MEMBER_NUMBERS = ("W812345670", "W812345671", "1EG4-TE5-MK73")


def write_export(path, columns, rows=160, encoding="utf-8", separator=","):
    """Write an export: column -> a function of (number, arrival, booked, random) that gives its text."""
    draw = random.Random(8)
    arrivals = [START + timedelta(hours=9 * number) for number in range(rows)]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(columns)
        for number, arrival in enumerate(arrivals):
            booked = draw.random() < (0.6 if number % 3 else 0.2)
            writer.writerow([write(number, arrival, booked, draw) for write in columns.values()])
    return arrivals


@pytest.fixture(scope="module")
def clinic_export(tmp_path_factory):
    """Masked phone numbers, payers with their members' numbers (two of them in many rows), a source that tells."""
    path = tmp_path_factory.mktemp("clinic") / "export.csv"
    payers = ("Aetna", f"Aetna, ID {MEMBER_NUMBERS[0]}", f"Aetna (member # {MEMBER_NUMBERS[1]})")
    write_export(
        path,
        {
            "Request No": lambda number, *_: f"Q{number:04}",
            "Received": lambda _, arrival, *__: arrival.strftime("%m/%d/%y %I:%M%p").lower().removesuffix("m"),
            "Contact phone": lambda number, *_: f"***-***-{1000 + number}",
            "Insurance": lambda number, *_: "Tufts" if number % 6 == 0 else payers[number % 3],
            "Coverage details": lambda number, *_: f"Medicare {MEMBER_NUMBERS[2]}" if number % 5 else "Medicare",
            "Heard from": lambda number, *_: "Doctor" if number % 3 else "Radio",
            "Visit booked": lambda _, __, booked, ___: "✓" if booked else "✗",
        },
    )
    return path


@pytest.fixture(scope="module")
def clinic_model(clinic_export):
    """The mapping that inspect proposes for it, and the model that is trained with it."""
    out = clinic_export.with_suffix(".toml")
    ran = CliRunner().invoke(inspect_file, [str(clinic_export), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    mapping = read_mapping(out)
    tables = read_tables(clinic_export, mapping, Practice(timezone="UTC"))
    return mapping, train(tables, Practice(timezone="UTC"), Settings(resamples=5, folds=3, threads=1), tables.mapping)


def test_a_column_that_nobody_can_read_is_not_sent_and_training_holds(clinic_model):
    mapping, trained = clinic_model

    assert mapping.leads["phone"] == "Contact phone"
    findings = {finding.code: finding for finding in trained.findings}
    assert findings["LC002"].verdict == "holds", findings["LC002"].details


def test_no_number_of_a_member_is_in_the_model_and_its_payer_is(clinic_model, clinic_export, tmp_path):
    mapping, trained = clinic_model
    trained.bundle.write(tmp_path / "bundle")
    written = "".join(path.read_text(errors="replace") for path in (tmp_path / "bundle").rglob("*") if path.is_file())

    assert mapping.leads["payer"] == "Insurance"
    assert not any(number.lower() in written.lower() for number in MEMBER_NUMBERS)
    levels = next(signal.categories for signal in trained.bundle.signals if signal.name == "payer")
    assert set(levels) == {"", "Aetna", "Tufts"}


def test_a_row_scored_from_the_file_and_by_the_api_is_scored_alike(clinic_model, clinic_export, tmp_path):
    mapping, trained = clinic_model
    trained.bundle.write(tmp_path / "bundle")
    arguments = ["--data", str(clinic_export), "--model", str(tmp_path / "bundle"), "--out", str(tmp_path / "out.csv")]
    ran = CliRunner().invoke(score, arguments)
    assert ran.exit_code == 0, ran.output
    with clinic_export.open(encoding="utf-8") as file, (tmp_path / "out.csv").open() as scores:
        rows, by_file = list(csv.DictReader(file)), list(csv.DictReader(scores))

    answers = Engine.of(trained.bundle, "1").score(
        [json.loads(json.dumps(rows[number])) for number in (0, 4, 7, 159)], np.datetime64("2025-06-01", "us")
    )

    assert len(by_file) == 160 and by_file[7]["lead_id"] == "Q0007"
    for number, answer in zip((0, 4, 7, 159), answers, strict=True):
        assert answer.probability == pytest.approx(float(by_file[number]["probability"]), abs=1e-9)


@pytest.mark.parametrize(
    ("headers", "dates", "statuses", "names"),
    [
        (
            ("Leadnummer", "Naam", "Aangemaakt op", "Bron", "Status"),
            "%d-%m-%Y %H:%M",
            ("Afspraak gemaakt", "Heeft elders geboekt", "Niet bereikt"),
            ("Vries", "Dijkman", "Smit"),
        ),
        (
            ("Codice", "Cognome", "Data richiesta", "Canale", "Esito"),
            "%d/%m/%Y %H:%M",
            ("Prenotato", "Ha prenotato altrove", "Non risponde"),
            ("Esposito", "Ferrari", "Greco"),
        ),
        (
            ("编号", "客户姓名", "创建时间", "来源", "Status"),
            "%Y年%m月%d日 %H:%M",
            ("Booked", "Booked elsewhere", "New"),
            ("赵敏", "孙丽", "周杰"),
        ),
        (
            ("번호 ID", "이름", "Created", "경로", "Status"),
            "%Y-%m-%d %H:%M",
            ("Scheduled", "Chose another provider", "Left voicemail"),
            ("김민수", "이영희", "박철수"),
        ),
        (
            ("ID", "Фамилия", "Created", "Источник", "Status"),
            "%d.%m.%Y %H:%M",
            ("Won", "Lost", "Open"),
            ("Ковальчук", "Мельник", "Бойко"),
        ),
    ],
    ids=["Dutch", "Italian", "Chinese", "Korean", "Russian"],
)
def test_exports_of_other_languages_are_read_as_a_person_would(tmp_path, headers, dates, statuses, names):
    lead_id, name, created_at, source, label = headers
    arrivals = write_export(
        tmp_path / "leads.csv",
        {
            lead_id: lambda number, *_: 4000 + number,
            name: lambda number, *_: names[number % 3],
            created_at: lambda _, arrival, *__: arrival.strftime(dates),
            source: lambda number, *_: ("A", "B", "C")[number % 3],
            label: lambda _, __, booked, draw: statuses[0] if booked else draw.choice(statuses[1:]),
        },
        separator=";",
    )

    profile = profile_export(tmp_path / "leads.csv")

    guess, roles = profile.label, {finding.column: finding.role for finding in profile.findings}
    assert (guess.booked, guess.not_booked, guess.open) == tuple((status,) for status in statuses)
    assert roles[name] == "left out" and roles[lead_id] == "our lead_id" and roles[created_at] == "our created_at"
    tables = read_tables(tmp_path / "leads.csv", profile.mapping, Practice(timezone="UTC"), scoring=True)
    assert tables.leads["created_at"].dt.tz_localize(None).tolist() == arrivals
