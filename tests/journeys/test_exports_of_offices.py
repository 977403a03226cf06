"""Are exports of offices in several countries read right, by their values, under headers that nobody has listed?"""

import json
from datetime import datetime, timedelta

import pandas as pd
import pytest

from features.profiling.export_profile import profile_export
from features.tables.tables import read_tables
from tests.features.privacy.test_national_numbers import make_cpf

COUNT = 140
TIMES = [datetime(2025, 1, 6, 8, 5) + timedelta(hours=41 * i, minutes=i * i * 37 % 600) for i in range(COUNT)]
BOOKED = [i * 7 % 10 < 4 for i in range(COUNT)]
WORDS = "my left knee hurts when I walk since a fall on the stairs and nobody can tell me why it does".split()
MESSAGES = [" ".join(WORDS[i % 7 : i % 7 + 9]) + f", day {i}" for i in range(COUNT)]


def write_leads(folder, columns, separator=";", above=(), between=None):
    """Write columns, header -> cells, beside an id, a source and a label that are plain to read."""
    columns = {"Lead ID": [f"L{1000 + i}" for i in range(COUNT)], "Created": TIMES, **columns}
    columns |= {"Source": ["ABC"[i % 3] for i in range(COUNT)]}
    columns |= {} if "Label" in columns else {"Converted": ["Yes" if booked else "No" for booked in BOOKED]}
    columns = {header: cells for header, cells in columns.items() if cells is not None}
    lines = [separator.join(columns)]
    for i in range(COUNT):
        lines += [between(i)] if between is not None and between(i) else []
        cells = [
            f"{cells[i]:%Y-%m-%d %H:%M}" if isinstance(cells[i], datetime) else cells[i] for cells in columns.values()
        ]
        lines.append(separator.join(f'"{cell}"' if " " in cell else cell for cell in cells))
    (folder / "leads.csv").write_text("\n".join([*above, *lines]), encoding="utf-8")
    return folder / "leads.csv"


def read(path):
    """Read an export with the mapping that is proposed for it."""
    return read_tables(path, profile_export(path).mapping)


def read_created(path):
    """Return the times of the inquiries on the practice's clock."""
    return read(path).leads["created_at"].dt.tz_convert("America/New_York").dt.tz_localize(None).tolist()


@pytest.mark.parametrize("header", ["Datum", "inquiry_date", "came in on"])
@pytest.mark.parametrize(
    "pattern", ["%d%m%Y", "%m%d%Y", "%d%m%Y%H%M"], ids=["day first", "month first", "with the hour"]
)
def test_digits_with_the_year_behind_are_dates_in_the_order_that_they_prove(tmp_path, header, pattern):
    days = [time.strftime(pattern) for time in TIMES]

    created = read_created(write_leads(tmp_path, {"Created": None, header: days}))

    assert created == (TIMES if "H" in pattern else list(pd.DatetimeIndex(TIMES).normalize()))


def test_a_zero_that_a_spreadsheet_took_off_is_no_matter_and_the_clock_has_a_column(tmp_path):
    columns = {"Datum": [f"{time:%d%m%Y}".lstrip("0") for time in TIMES], "Uhrzeit": [f"{time:%H%M}" for time in TIMES]}

    assert read_created(write_leads(tmp_path, {"Created": None, **columns})) == TIMES


def test_days_of_a_spreadsheet_are_read_with_a_decimal_comma(tmp_path):
    days = [f"{(time - datetime(1899, 12, 30)).total_seconds() / 86_400:.8f}".replace(".", ",") for time in TIMES]

    assert read_created(write_leads(tmp_path, {"Created": None, "Data contatto": days})) == TIMES


@pytest.mark.parametrize("factor", [1, 1000])
def test_epochs_are_found_below_a_header_that_says_nothing_and_ids_are_none(tmp_path, factor):
    epochs = [str(int(time.timestamp() * factor)) for time in map(pd.Timestamp, TIMES)]
    numbers = [str(1_735_000_000 + 86_400 * i) for i in range(COUNT)]
    path = write_leads(tmp_path, {"Created": None, "ts_in": None, "tick": epochs, "tock": numbers})

    mapping = profile_export(path).mapping

    assert mapping.leads["created_at"] == "tick" and "tock" not in mapping.custom


@pytest.mark.parametrize("header", ["Dernière touche", "(No modificar) Modificado el", "Zuletzt angefasst", "ref 7"])
@pytest.mark.parametrize("label", [True, False])
def test_what_a_program_wrote_down_later_is_left_out(tmp_path, header, label):
    later = [time + timedelta(minutes=(i * 397) % 4111 + 61) for i, time in enumerate(TIMES)]
    path = write_leads(tmp_path, {header: later} | ({} if label else {"Label": ["x y"] * COUNT}))

    mapping = profile_export(path).mapping

    assert header in mapping.leave_out and mapping.leads["created_at"] == "Created"


@pytest.mark.parametrize("header", ["Codigo", "Lead ID"])
def test_a_tax_number_is_neither_an_id_nor_a_category(tmp_path, header):
    numbers = [make_cpf(104_729 * i + 123_456_789) for i in range(COUNT)]
    columns = {"Lead ID": None, header: numbers, "Rif.": [f"{i + 1}/25" for i in range(COUNT)]}

    mapping = profile_export(write_leads(tmp_path, columns)).mapping

    assert mapping.leads["lead_id"] == "Rif." and header in mapping.leave_out


def test_large_steps_are_no_serial_number(tmp_path):
    path = write_leads(tmp_path, {"Lead ID": None, "our mark": [str(10_000 + 7_919 * i) for i in range(COUNT)]})

    assert "lead_id" not in profile_export(path).mapping.leads


@pytest.mark.parametrize(
    "header, values",
    [
        ("lead_pk", [str(17 + 3 * i) for i in range(COUNT)]),
        ("Zeile", [str(2 + i) for i in range(COUNT)]),
        ("our mark", [f"{9000 - i}" for i in range(COUNT)]),
    ],
)
def test_numbers_that_were_issued_one_after_the_other_are_ids(tmp_path, header, values):
    assert profile_export(write_leads(tmp_path, {"Lead ID": None, header: values})).mapping.leads["lead_id"] == header


def test_ids_with_and_without_a_zero_behind_them_are_different_leads(tmp_path):
    ids = [f"{1000 + i // 2}" + ("" if i % 2 else ".0") for i in range(COUNT)]

    tables = read(write_leads(tmp_path, {"Lead ID": ids}))

    assert tables.leads["lead_id"].tolist() == ids and f"{COUNT // 2} ids" in tables.report()


@pytest.mark.parametrize("header", ["payload", "Raw", "dati"])
def test_a_message_is_taken_out_of_json(tmp_path, header):
    cells = [json.dumps({"nome": "Ann Lee", "messaggio": text}).replace('"', '""') for text in MESSAGES]

    messages = read(write_leads(tmp_path, {header: cells})).leads["message"]

    assert messages.tolist() == MESSAGES


@pytest.mark.parametrize(
    "header", ["Ihre Nachricht", "txt_msg", "Descripción", "Richiesta", "Mensagem inicial", "first message"]
)
def test_what_the_person_wrote_is_found_under_its_headers(tmp_path, header):
    assert profile_export(write_leads(tmp_path, {header: MESSAGES})).mapping.leads["message"] == header


def test_a_treatment_is_no_salutation(tmp_path):
    services = ["Ortodoncia", "Implante", "Limpieza dental"]
    path = write_leads(tmp_path, {"Tratamiento": [services[i % 3] for i in range(COUNT)]})

    assert profile_export(path).mapping.leads["service_requested"] == "Tratamiento"


def test_months_between_the_rows_are_no_leads(tmp_path):
    months = {i: f"{TIMES[i]:%B %Y}".upper() for i in range(COUNT) if i == 0 or TIMES[i].month != TIMES[i - 1].month}
    tables = read(write_leads(tmp_path, {}, between=lambda i: f"{months[i]};;;" if i in months else None))

    assert len(tables.leads) == COUNT and not len(tables.rejected)


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("¿Agendó?", (("SI", "Sí"), ("NO", "no"), "PENDIENTE")),
        (
            "Was wurde daraus?",
            (("Termin gemacht", "hat Termin"), ("zu teuer", "woanders hingegangen"), "noch in Klärung"),
        ),
        ("Etapa", (("5 - Appt Set",), ("9 - Dead", "8 - Lost to competitor"), "2 - Contacted")),
        ("Situação", (("Agendou avaliação",), ("Desistiu", "Fora do perfil"), "Em negociação")),
    ],
)
def test_the_label_is_found_by_its_values(tmp_path, header, values):
    yes, no, still_open = values
    cells = [
        still_open if i > 130 else (yes if BOOKED[i] else no)[i % len(yes if BOOKED[i] else no)] for i in range(COUNT)
    ]
    path = write_leads(tmp_path, {header: cells, "Label": None})

    label = read(path).label

    assert label.tolist()[:131] == [float(booked) for booked in BOOKED[:131]] and label[131:].isna().all()


def test_a_column_that_speaks_of_an_end_is_asked_about(tmp_path):
    ends = [("RDV calé", "Refus", "À relancer")[i % 3] for i in range(COUNT)]
    profile = profile_export(write_leads(tmp_path, {"Suite donnée": ends, "Label": None}))

    assert profile.label is None and any("'Suite donnée'" in question for question in profile.label_doubts)


def test_a_flag_of_parquet_with_gaps_is_a_label(tmp_path):
    flags = [None if i % 9 == 0 else booked for i, booked in enumerate(BOOKED)]
    frame = pd.DataFrame({"key": range(COUNT), "signup": TIMES, "traffic": ["ab"[i % 2] for i in range(COUNT)]})
    frame.assign(converted=flags).to_parquet(tmp_path / "leads.parquet")

    label = read(tmp_path / "leads.parquet").label

    assert label.isna().tolist() == [flag is None for flag in flags] and label.sum() == flags.count(True)


def test_a_span_in_two_units_is_a_number(tmp_path):
    lengths = [f"{i % 7}m {i * 13 % 60}s" for i in range(COUNT)]

    values = read(write_leads(tmp_path, {"Hold": lengths})).leads["custom:Hold"]

    assert values.tolist() == [i % 7 * 60 + i * 13 % 60 for i in range(COUNT)]


def test_a_path_that_says_whose_a_value_is_keeps_its_meaning(tmp_path):
    columns = {
        "owner.email": [f"agent{i % 3}@clinic.example" for i in range(COUNT)],
        "agent.phone": [f"617-555-010{i % 2}" for i in range(COUNT)],
        "last_reply.message": [f"you are booked for the {i}th" for i in range(COUNT)],
        "owner.createdate": [f"{datetime(2020, 1, 6):%Y-%m-%d}"] * COUNT,
        "properties.email": [f"p{i}@example.org" for i in range(COUNT)],
        "contact.phone": [f"617-{200 + i}-{4000 + i}" for i in range(COUNT)],
        "form.answers.message": MESSAGES,
    }

    mapping = profile_export(write_leads(tmp_path, columns)).mapping

    assert {name: mapping.leads[name] for name in ("email", "phone", "message", "created_at")} == {
        "email": "properties.email",
        "phone": "contact.phone",
        "message": "form.answers.message",
        "created_at": "Created",
    }
