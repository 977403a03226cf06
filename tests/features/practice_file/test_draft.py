"""Would an intake lead be able to correct the drafted practice.toml by hand, and does it hold nothing personal?"""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from features.cli import init
from features.errors import PracticeError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.practice_file.draft import Draft, draft_practice
from features.practice_file.draft_writer import format_toml, write_draft
from features.practice_file.practice_toml import read_practice
from features.practice_file.value_clustering import cluster_values
from features.tables.tables import read_tables

SERVICES = (
    ["Physical therapy"] * 60
    + ["physical  therapy"] * 12
    + ["PT"] * 20
    + ["phisical therapy"] * 11
    + ["Knee replacement"] * 80
    + ["knee replacements"] * 10
    + ["a new knee"] * 12
    + ["Botox"] * 15
    + ["call Ann Smithson 617 555 0123"] * 14
    + ["my odd wish"] * 6
)


def export(folder, **columns):
    """A folder of leads that name the services above, with clinics, payers, ZIP codes and messages."""
    n = len(SERVICES)
    leads = {
        "lead_id": [f"L{number}" for number in range(n)],
        "created_at": pd.date_range("2026-01-05", periods=n, freq="3h", tz="UTC"),
        "service_requested": SERVICES,
        "preferred_clinic": (["Fort Worth", "Ft. Worth", "Fort Worth", "Fort Worth office", "Fort Worth", "Plano"] * n)[
            :n
        ],
        "payer": (["Aetna", "AETNA", "Blue Cross", "Aetna"] * n)[:n],
        "postal_code": (["76104", "76104-1234", "75093"] * n)[:n],
        "message": (
            ["hello my name is Marisol, my ozone sauna please", "I have Plantar spurs", "ozone sauna again, call me"]
            * n
        )[:n],
    }
    folder.mkdir(exist_ok=True)
    pd.DataFrame(leads | columns).to_csv(folder / "leads.csv", index=False)
    ends = ["booked" if number % 4 == 0 else "lost" for number in range(n)]
    pd.DataFrame({"lead_id": leads["lead_id"], "occurred_at": "2026-03-01", "stage": ends}).to_csv(
        folder / "outcomes.csv", index=False
    )
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """That export, written once."""
    return export(tmp_path_factory.mktemp("draft") / "data")


@pytest.fixture(scope="module")
def draft(folder) -> Draft:
    """The draft from it."""
    return draft_practice(read_tables(folder))


def test_the_draft_can_be_used_as_it_is(draft, tmp_path):
    write_draft(draft, tmp_path / "practice.toml")

    practice = read_practice(tmp_path / "practice.toml")

    assert [service.name for service in practice.services] == ["Physical therapy", "Knee replacement"]
    assert practice.services[0].also_called == ("PT", "phisical therapy") and practice.services[1].also_called == (
        "knee replacements",
    )
    assert [(clinic.name, clinic.also_called, clinic.postal_code) for clinic in practice.clinics] == [
        ("Fort Worth", ("Fort Worth office", "Ft. Worth"), ""),
        ("Plano", (), ""),
    ]


def test_the_draft_of_the_invented_practice_finds_its_services_and_clinics(demo_tables, demo_practice, tmp_path):
    write_draft(draft_practice(demo_tables), tmp_path / "practice.toml")

    drafted = read_practice(tmp_path / "practice.toml")

    assert {service.name for service in drafted.services} == {service.name for service in demo_practice.services}
    assert {clinic.name for clinic in drafted.clinics} == {clinic.name for clinic in demo_practice.clinics}


def test_every_line_that_waits_can_be_taken_into_use(draft, tmp_path):
    text = format_toml(draft).replace('"....."', '"76104"').replace("# phrases = ", "# ")
    waiting = [
        line.startswith("# ") and line[2:].split(" = ")[0].replace("_", "").isalpha() and " = " in line
        for line in text.splitlines()
    ]
    used = [
        line.removeprefix("# ") if waits else line.replace('  # "', '  "')
        for line, waits in zip(text.splitlines(), waiting, strict=True)
    ]
    (tmp_path / "practice.toml").write_text("\n".join(used), encoding="utf-8")

    practice = read_practice(tmp_path / "practice.toml")

    assert sum(waiting) > 15
    assert (
        practice.clinics[0].postal_code == "76104"
        and practice.timezone == "America/Chicago"
        and practice.services[1].payers == ("Aetna", "Blue Cross")
    )
    assert "a new knee" in practice.services[1].also_called


def test_the_draft_shows_how_to_say_which_leads_are_qualified(draft, tmp_path):
    text = format_toml(draft)
    examples = ("#   [[qualified]]", "#   when = ")
    lines = [line.removeprefix("#") for line in text.splitlines() if line.startswith(examples)]
    file = tmp_path / "practice.toml"
    file.write_text("\n".join(lines))

    assert [rule.when for rule in read_practice(file).qualified] == [
        "asks_for_appointment and payer_accepted",
        "channel = referral",
    ]


def test_figures_and_gaps_stand_beside_the_settings(draft):
    text = format_toml(draft)

    assert 'name = "Physical therapy"  # 103 leads, 25 in 100 booked' in text
    assert (
        '# postal_code = "....."  # FILL IN: the ZIP code of the clinic itself; most of the leads '
        "who asked for it live in 76104" in text
    )
    assert '# timezone = "America/Chicago"  # a guess: 100 in 100' in text
    assert '#   "Botox"  # 15 leads' in text and '  # "a new knee",  # 12, perhaps' in text


def test_what_fewer_than_ten_share_or_looks_personal_is_left_out_and_counted(draft):
    text = format_toml(draft)

    assert "odd wish" not in text and "Smithson" not in text and "555" not in text
    assert "2 different values of 20 leads" in text
    assert draft.services.dropped_values == 2 and draft.services.dropped_leads == 20


def test_names_never_become_a_hint(draft):
    phrases = [phrase for phrase, _ in draft.phrases]

    assert "ozone sauna" in phrases
    assert not any("marisol" in phrase for phrase in phrases)


@pytest.mark.parametrize(
    ("counts", "contained", "together"),
    [
        ({"Podiatry": 30, "podiatry ": 12}, False, 1),
        ({"Orthopédics": 30, "orthopedics": 12}, False, 1),
        ({"knee pain": 30, "Pain, knee": 12}, False, 1),
        ({"UnitedHealthcare": 60, "UHC": 20, "united health care": 15}, False, 1),
        ({"Fort Worth": 90, "FW": 12, "Ft. Worth": 14}, False, 1),
        ({"Sports medicine": 30, "sports med": 12}, False, 1),
        ({"Medicare": 30, "Medicaid": 12}, False, 2),
        ({"Podiatry": 30, "Pediatry": 25}, False, 2),
        ({"Campaign 1": 80, "Campaign 2": 12}, False, 2),
        ({"Spine surgery": 80, "Knee surgery": 12}, True, 2),
        ({"Denton": 80, "Denton TX": 12}, True, 1),
        ({"Denton": 80, "Denton TX": 12}, False, 2),
        ({"Jardim da Penha": 80, "da Penha": 50}, True, 2),
        ({"North Dallas": 80, "South Dallas": 70, "Dallas": 12}, True, 3),
        ({"Physical therapy": 50, "Pediatric testing": 50, "PT": 12}, False, 3),
    ],
)
def test_spellings_are_joined_when_they_are_clear_and_only_then(counts, contained, together):
    assert len(cluster_values(counts, contained)) == together


@settings(max_examples=8, deadline=None)
@given(
    some.lists(some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=14), min_size=1, max_size=8)
)
def test_whatever_people_write_the_draft_can_be_read(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("any")
    pd.DataFrame(
        {
            "lead_id": [f"L{n}" for n in range(12 * len(values))],
            "service_requested": values * 12,
            "preferred_clinic": values * 12,
            "payer": values * 12,
        }
    ).to_parquet(folder / "leads.parquet")

    draft = draft_practice(read_tables(folder))
    (folder / "practice.toml").write_text(format_toml(draft), encoding="utf-8")
    practice = read_practice(folder / "practice.toml")

    assert len(practice.services) == len(draft.services.entries)
    assert (
        sum(entry.cluster.leads for entry in (*draft.services.entries, *draft.services.unassigned))
        + draft.services.dropped_leads
        == draft.services.lead_count
    )


def test_without_services_and_dates_the_draft_says_what_to_fill_in(tmp_path):
    (tmp_path / "leads.csv").write_text("lead_id,channel\n" + "".join(f"{number},web\n" for number in range(20)))

    text = format_toml(draft_practice(read_tables(tmp_path / "leads.csv", Mapping.identity())))
    (tmp_path / "practice.toml").write_text(text, encoding="utf-8")

    assert "no lead names a service" in text and '# name = "..."  # FILL IN: one such part for each service' in text
    assert read_practice(tmp_path / "practice.toml") == Practice()


def test_hours_come_from_calls(tmp_path):
    hours = np.random.default_rng(5).uniform(14.2, 21.8, 600)
    days = pd.date_range("2023-01-05", periods=600, freq="B", tz="UTC")
    folder = export(tmp_path / "data")
    calls = {"lead_id": "L1", "occurred_at": days + pd.to_timedelta(hours, unit="h"), "kind": "outbound_call"}
    pd.DataFrame(calls).to_csv(folder / "events.csv", index=False)

    drafted = draft_practice(read_tables(folder))

    assert drafted.hours.value[0].startswith("Mon-Fri 08:") and len(drafted.hours.value) == 1
    assert "600 calls" in drafted.hours.evidence


def test_init_writes_once_and_says_what_to_do_next(folder, tmp_path):
    out = tmp_path / "practice.toml"

    first = CliRunner().invoke(init, ["--data", str(folder), "--out", str(out)])
    corrected = out.read_text(encoding="utf-8") + "# corrected\n"
    out.write_text(corrected, encoding="utf-8")
    again = CliRunner().invoke(init, ["--data", str(folder), "--out", str(out)])

    assert first.exit_code == 0 and "services" in first.output and "leadlight train --data" in first.output
    assert isinstance(again.exception, PracticeError) and "may hold your corrections" in str(again.exception)
    assert out.read_text(encoding="utf-8") == corrected
    assert CliRunner().invoke(init, ["--data", str(folder), "--out", str(out), "--force"]).exit_code == 0


def test_a_single_export_is_read_by_its_headers(tmp_path):
    frame = pd.DataFrame(
        {
            "Record ID": [f"R{n}" for n in range(90)],
            "Procedure": ["Knee replacement", "Hip replacement", "Cataract"] * 30,
            "Office": ["Main", "North", "Main"] * 30,
        }
    )
    frame.to_csv(tmp_path / "crm.csv", index=False)

    ran = CliRunner().invoke(init, ["--data", str(tmp_path / "crm.csv"), "--out", str(tmp_path / "practice.toml")])

    assert "service_requested = 'Procedure'" in ran.output and "--mapping mapping.toml" in ran.output
    assert {service.name for service in read_practice(tmp_path / "practice.toml").services} == {
        "Knee replacement",
        "Hip replacement",
        "Cataract",
    }


def test_contacts_in_a_column_of_services_do_not_reach_the_draft(tmp_path):
    services = (["knee replacement", "ann@mail.org", "call 617-555-0123"] * len(SERVICES))[: len(SERVICES)]
    tables = read_tables(export(tmp_path, service_requested=services), Mapping.identity())

    text = format_toml(draft_practice(tables))

    assert "knee replacement" in text and "mail.org" not in text and "555-0123" not in text
