"""Is the label found by its values and its header, and does every value get a meaning or a question?"""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cli import inspect_file
from features.errors import MappingError
from features.mapping.column_mapping import Mapping, read_mapping
from features.parsing.scalars import MISSING
from features.profiling.export_profile import profile_export
from features.profiling.labels.label_detection import guess_label
from features.profiling.labels.label_guess import describe_label
from features.profiling.mapping_document import render_document
from features.readers.frame_writer import write_frame
from features.tables.tables import read_tables


def guess(header, values, rows=80, **others):
    """Guess the label of an export with this column beside innocent ones."""
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "Newsletter": random.choice(["Yes", "No"], rows),
            header: np.resize(np.array(values, object), rows),
            "Payer": random.choice(["Aetna", "Cigna", "Self"], rows),
            **others,
        }
    )
    return guess_label(frame, MISSING)


@pytest.mark.parametrize(
    "header, values, booked",
    [
        ("deal_stage", ["Won", "Lost", "Lost"], ("Won",)),
        ("Response", ["1", "0", "0"], ("1",)),
        ("is_canceled", ["0", "1"], ("0",)),
        ("Revenue", ["TRUE", "FALSE", "FALSE"], ("TRUE",)),
        ("Appt Set?", ["Y", "N"], ("Y",)),
        ("Outcome", ["Booked", "No Show", "Cancelled"], ("Booked",)),
        ("Disposition", ["Appointment set", "No answer", "Wrong number"], ("Appointment set",)),
        ("Show/No-show", ["Show", "No-show"], ("Show",)),
        ("Gebucht", ["Ja", "Nein"], ("Ja",)),
        ("Estado", ["Agendada", "Perdido", "Nuevo"], ("Agendada",)),
        ("Etapa", ["Ganho", "Perdido"], ("Ganho",)),
        ("Statut", ["RDV pris", "Perdu", "Nouveau"], ("RDV pris",)),
        ("Faltou", ["Sim", "Não"], ("Não",)),
        ("reservation_status", ["Check-Out", "Canceled", "No-Show"], ("Check-Out",)),
        ("field_7", ["Booked", "Lost", "Spam"], ("Booked",)),
        ("Appointment Status", ["Checked Out", "No Show", "Confirmed"], ("Checked Out", "Confirmed")),
    ],
)
def test_the_label_is_found_by_header_and_values(header, values, booked):
    label = guess(header, values)

    assert (label.column, set(label.booked)) == (header, set(booked))
    assert label.questions == ()


@pytest.mark.parametrize(
    "header, values",
    [
        ("Subscribed to SMS", ["Yes", "No"]),
        ("State", ["TX", "MA", "CA"]),
        ("marital status", ["single", "married"]),
        ("previous_outcome", ["success", "failure"]),
        ("VIP", ["Yes", ""]),
        ("visit type", ["New", "Follow up"]),
    ],
)
def test_an_innocent_column_is_no_label(header, values):
    assert guess(header, values) is None


def test_open_values_are_a_third_state_and_unknown_ones_are_asked():
    label = guess("Lead Status", ["Booked", "Lost", "Contacted", "Zzz", "New"])

    assert (label.booked, label.not_booked) == (("Booked",), ("Lost",))
    assert (set(label.open), label.unknown) == ({"Contacted", "New"}, ("Zzz",))
    assert any("'Zzz'" in question for question in label.questions)
    assert "  Zzz       -> ?           16 rows" in describe_label(label)
    assert "  New       -> open        16 rows" in describe_label(label)


def test_a_label_with_one_value_and_blanks_is_proposed_as_a_question():
    label = guess("Converted", ["TRUE", "", ""])

    assert (label.booked, label.not_booked) == (("TRUE",), ("",))
    assert "Is that so, or are those leads still open?" in label.questions[0]


def test_blanks_of_a_failure_are_bookings():
    label = guess("No Show", ["x", "", ""])

    assert (label.booked, label.not_booked) == (("",), ("x",))


def test_a_second_candidate_is_named():
    label = guess("Converted", ["Yes", "No"], Stage=np.resize(["Won", "Lost"], 80))

    assert label.column == "Converted"
    assert "'Stage'" in label.questions[-1]


def export(path, header, values, rows=80):
    """Write an export with this label."""
    frame = pd.DataFrame(
        {
            "Lead ID": [f"L{i}" for i in range(rows)],
            "Created Date": [f"2026-0{1 + i // 28}-{1 + i % 28:02d} 09:{i % 60:02d}" for i in range(rows)],
            header: np.resize(np.array(values, object), rows),
        }
    )
    write_frame(frame, path)
    return path


def test_open_leads_are_kept_out_of_the_negatives_and_counted(tmp_path):
    path = export(tmp_path / "leads.csv", "Lead Status", ["Booked", "Lost", "New", "Call back scheduled"])

    profile = profile_export(path)
    (tmp_path / "m.toml").write_text(render_document(profile), encoding="utf-8")
    tables = read_tables(path, read_mapping(tmp_path / "m.toml"))

    assert set(profile.mapping.open) == {"New", "Call back scheduled"}
    assert read_mapping(tmp_path / "m.toml") == profile.mapping
    assert (int((tables.label == 1).sum()), int((tables.label == 0).sum()), int(tables.label.isna().sum())) == (
        20,
        20,
        40,
    )
    assert any("'Lead Status' is open for 40 leads" in note for note in tables.notes)
    assert len(tables.rejected) == 0


def test_an_empty_cell_can_mean_not_booked(tmp_path):
    path = export(tmp_path / "leads.csv", "Converted", ["TRUE", "", "", ""])

    tables = read_tables(path, profile_export(path).mapping)

    assert (int((tables.label == 1).sum()), int((tables.label == 0).sum())) == (20, 60)


def test_inspect_prints_each_value_with_its_meaning(tmp_path):
    path = export(tmp_path / "leads.csv", "Lead Status", ["Booked", "Won't book", "New", "Zzz"])

    output = CliRunner().invoke(inspect_file, [str(path), "--out", str(tmp_path / "m.toml")]).output

    assert "  Won't book -> not booked  20 rows" in output
    assert "  Zzz        -> ?           20 rows" in output
    assert "QUESTION: what do 'Zzz' mean?" in output


def test_a_missing_label_is_the_last_and_loudest_line_of_inspect(tmp_path):
    path = export(tmp_path / "leads.csv", "Newsletter", ["Yes", "No"])

    output = CliRunner().invoke(inspect_file, [str(path), "--out", str(tmp_path / "m.toml")]).output

    assert output.rstrip().splitlines()[-1].startswith("NO LABEL WAS FOUND")


def test_a_value_in_two_lists_is_a_fault():
    settings = {"version": 1, "label": {"column": "y", "booked": ["a"], "not_booked": ["b"], "open": ["a"]}}

    with pytest.raises(MappingError, match="'a' is both booked and open"):
        Mapping.from_dict(settings)


@pytest.mark.parametrize(
    "header, values, booked, not_booked",
    [
        ("BOOKED?", ["YES", "Yes", "NO", "n"], {"YES", "Yes"}, {"NO", "n"}),
        ("No-show", ["Y", "yes", "No", "n"], {"No", "n"}, {"Y", "yes"}),
        ("¿Agendó cita?", ["Sí", "No", "No"], {"Sí"}, {"No"}),
        ("Did they schedule a visit?", ["Yes", "No"], {"Yes"}, {"No"}),
        ("appointments_booked", ["0", "1", "2", "3"], {"1", "2", "3"}, {"0"}),
        ("Appt?", ["Y", "", ""], {"Y"}, {""}),
    ],
)
def test_answers_are_a_label_in_any_spelling_and_number(header, values, booked, not_booked):
    label = guess(header, values)

    assert (label.column, set(label.booked), set(label.not_booked)) == (header, booked, not_booked)


@pytest.mark.parametrize(
    "header", ["Wants to book online?", "Booked before?", "Would like an appointment", "Newsletter"]
)
def test_a_wish_or_an_earlier_visit_is_no_label(header):
    assert guess(header, ["Yes", "No"]) is None


def test_a_flag_that_is_false_for_open_deals_gives_way_to_the_stage_that_tells_them_apart():
    stages = ["Closed Won", "Closed Lost", "Qualified To Buy"] * 20
    flags = [str(stage == "Closed Won").lower() for stage in stages]

    label = guess_label(pd.DataFrame({"Is Closed Won": flags, "Deal Stage": stages}), MISSING)

    assert (label.column, label.open) == ("Deal Stage", ("Qualified To Buy",))
    assert "'Is Closed Won'" in label.questions[-1]


def test_visits_ahead_beside_missed_ones_are_to_be_checked():
    label = guess("Appt Status", ["Checked Out", "No Show", "Scheduled"])

    assert "PLEASE CHECK: 'Scheduled' count as booked and missed visits as not booked" in label.reason


def test_answers_with_remarks_and_the_desks_own_marks_are_read_below_a_header_of_an_outcome():
    label = guess("Booked??", ["Y", "N", "lvm", "no - too far", "Y", "will call back"])

    assert (label.booked, label.not_booked) == (("Y",), ("N", "no - too far"))
    assert label.open == ("lvm", "will call back") and label.questions == ()


def test_an_answer_that_says_both_is_a_question():
    label = guess("Booked", ["Yes", "No", "Yes - canceled later", "No, booked elsewhere", "N/S"])

    assert label.booked == ("Yes",) and set(label.not_booked) == {"No", "No, booked elsewhere", "N/S"}
    assert label.unknown == ("Yes - canceled later",) and "'Yes - canceled later'" in label.questions[0]


@pytest.mark.parametrize(
    "header, booked, not_booked, still_open",
    [
        ("Termin vereinbart", "ja", "nein", "offen"),
        ("Bokad", "Ja", "Nej", None),
        ("Umówiona wizyta", "Tak", "Nie", None),
        ("予約", "予約済み", "未予約", None),
        ("CONV_FLG", "Y", "N", None),
        ("Visit Status", "CHK", "N/S", "PEN"),
        ("Result", "came in", "never showed", None),
        ("Situação", "Agendado", "Perdido", "Em aberto"),
    ],
)
def test_labels_of_other_desks_and_languages(header, booked, not_booked, still_open):
    label = guess(header, [value for value in (booked, not_booked, still_open, not_booked) if value])

    assert (label.booked, label.not_booked) == ((booked,), (not_booked,))
    assert label.open == ((still_open,) if still_open else ())


def test_without_a_label_each_column_that_may_be_it_is_a_question(tmp_path):
    kinds = np.resize(np.array(["Quotable", "Tire kicker", "Spanish"], object), 60)
    frame = pd.DataFrame(
        {"Ticket": [f"T{number}" for number in range(60)], "Status": kinds, "Town": ["Lynn", "Salem"] * 30}
    )
    write_frame(frame, tmp_path / "tickets.csv")

    ran = CliRunner().invoke(inspect_file, [str(tmp_path / "tickets.csv"), "--out", str(tmp_path / "m.toml")])

    assert "NO LABEL WAS FOUND" in ran.output
    questions = [line for line in ran.output.splitlines() if line.startswith("QUESTION")]
    assert len(questions) == 1 and "'Status'" in questions[0] and "'Tire kicker'" in questions[0]
    assert "QUESTION: 'Status'" in (tmp_path / "m.toml").read_text()


@pytest.mark.parametrize(
    ("header", "is_label"), [("Pages seen", False), ("Forms completed", False), ("Visits booked", True)]
)
def test_numbers_count_bookings_only_below_a_header_that_says_so(header, is_label):
    frame = pd.DataFrame({header: ["0", "1", "2", "0", "3"] * 20})

    assert (guess_label(frame, frozenset()) is not None) == is_label


@pytest.mark.parametrize(
    "header, values",
    [
        ("Outcome", ["S", "F", "F"]),
        ("Result", ["S", "F", "P", "F"]),
        ("Converted", ["2", "1", "1"]),
        ("Outcome code", ["10", "20", "30", "20"]),
        ("Booked", ["A1", "B2"]),
    ],
)
def test_codes_whose_meaning_stands_elsewhere_are_asked_about_and_not_guessed(tmp_path, header, values):
    path = tmp_path / "export.csv"
    write_frame(pd.DataFrame({"Lead ID": np.arange(80) + 500, header: np.resize(np.array(values, object), 80)}), path)

    profile = profile_export(path)

    assert profile.label is None
    assert any(repr(header) in doubt and "which of" in doubt for doubt in profile.label_doubts)


def test_a_rare_remark_in_a_label_is_counted_and_not_shown():
    values = ["Booked", "Lost", "New"] * 26 + ["Maria Okafor wants to ask her husband", "call 617-555-0117"]

    shown = "\n".join(describe_label(guess("Disposition", values)))

    assert "(2 texts of several words)" in shown and "what do 2 texts of several words mean?" in shown
    assert "Maria" not in shown and "617" not in shown
