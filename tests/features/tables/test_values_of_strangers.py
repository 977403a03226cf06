"""Are the values of an export that nobody here has seen read as a person would read them, or is it said?"""

from datetime import UTC

import numpy as np
import pytest

from features.mapping.column_mapping import Mapping
from features.parsing.lead_values import find_meaning
from features.practice.clinic_map import ClinicMap
from features.practice.practice import Practice, Service
from features.profiling.export_profile import profile_export
from features.profiling.mapping_document import render_document
from features.signals.eligibility import payer_accepted
from features.signals.location_fit import zip_on_map
from features.signals.reachability import valid_phone
from features.signals.service_fit import service_offered
from features.tables.json_payload import convert_payload
from features.tables.tables import read_tables
from features.testing import one_lead, value_of


def write(tmp_path, header, rows):
    file = tmp_path / "leads.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def days(count, per_day=1):
    first = np.datetime64("2026-01-01T09:00")
    return [str(first + np.timedelta64(24 * 60 // per_day * row, "m")) for row in range(count)]


def test_the_decimal_comma_of_a_column_goes_into_the_mapping_and_to_a_single_value(tmp_path):
    numbers = ["2,350", "12,5", "0,500", "14,125"] * 10
    rows = [f"a{row};{day};{number};Yes" for row, (day, number) in enumerate(zip(days(40), numbers, strict=True))]
    profile = profile_export(write(tmp_path, "Lead ID;Created Date;Weg;Converted", rows))

    tables = read_tables(tmp_path / "leads.csv", profile.mapping)
    payload = convert_payload({"Weg": "2,350"}, {"custom:Weg": "number"}, UTC, tables.mapping)[0]

    assert tables.leads["custom:Weg"][:4].tolist() == [2.35, 12.5, 0.5, 14.125]
    assert payload == {"custom:Weg": 2.35}
    assert "the comma is the decimal sign (20 of its numbers prove it)" in render_document(profile)


def test_a_mixture_of_decimal_signs_is_said_loudly_and_its_doubtful_numbers_are_not_given(tmp_path):
    rows = [f"a{row},2026-01-0{row + 1},{number}" for row, number in enumerate(['"12,5"', "12.5", '"2,350"', "7"])]

    tables = read_tables(write(tmp_path, "lead_id,created_at,Weg", rows))

    assert np.isnan(tables.leads["custom:Weg"][2]) and tables.leads["custom:Weg"][0] == 12.5
    assert "PLEASE CHECK: 1 of its numbers have a decimal comma and 1 a decimal point" in tables.report()


def test_dashes_in_a_column_of_numbers_are_counted_and_not_given(tmp_path):
    rows = [f"a{row},2026-01-0{row + 1},{number}" for row, number in enumerate(["1", "--", "5", "n.a.", "7", "9"])]

    tables = read_tables(write(tmp_path, "lead_id,created_at,Visits", rows))

    assert tables.custom == {"custom:Visits": "number"}
    assert "2 texts that stand for no number" in tables.report()


def test_zip_codes_without_their_zero_are_found_and_counted(tmp_path):
    rows = [f"a{row},2026-01-0{row + 1},{code}" for row, code in enumerate(["2134", "1960", "94110", "2134.0"])]

    tables = read_tables(write(tmp_path, "lead_id,created_at,postal_code", rows))

    assert tables.leads["postal_code"].tolist() == ["02134", "01960", "94110", "02134"]
    assert "3 values had lost a leading zero, which was restored" in tables.report()


def test_placeholders_are_nobody_and_contacts_of_too_many_leads_are_reported(tmp_path):
    emails = ["none@none.com", "frontdesk@example.org", "ann@example.org", "frontdesk@example.org"] * 6
    times = days(24, per_day=2)
    rows = [f"a{row},{times[row]},{email},(737) 874-2833" for row, email in enumerate(emails)]

    tables = read_tables(write(tmp_path, "lead_id,created_at,email,phone", rows))

    # Each lead is judged by those before it, wherever it is scored (test_shared_contacts): the table keeps the value.
    assert set(tables.leads["email"].dropna()) == {"ann@example.org", "frontdesk@example.org"}
    assert tables.leads["phone"].isna().all()
    assert "leads.email is shared by 10 or more leads of the 30 days before" in tables.report()
    assert "frontdesk" not in tables.report()


def test_a_person_who_inquires_often_stays_a_person(tmp_path):
    rows = [f"a{row},{day},ann@example.org" for row, day in enumerate(days(9))]

    assert read_tables(write(tmp_path, "lead_id,created_at,email", rows)).leads["email"].notna().all()


def test_channels_and_kinds_of_events_have_one_name(tmp_path):
    write(tmp_path, "lead_id,created_at,channel", ["a,2026-01-01,Web Form", "b,2026-01-02,WEBFORM"])
    (tmp_path / "events.csv").write_text(
        "lead_id,occurred_at,kind,duration_s\na,2026-01-02,Incoming Call,3 min\nb,2026-01-03,SMS received,\n"
    )

    tables = read_tables(tmp_path)

    assert set(tables.leads["channel"]) == {"web_form"}
    assert tables.events["kind"].tolist() == ["inbound_call", "sms_in"]
    assert tables.events["duration_s"][0] == 180


@pytest.mark.parametrize("payer", ["Unknown", "Not provided", "?", "TBD", "I don't know", "(not set)", "n.a."])
def test_an_unknown_payer_is_not_refused(payer):
    assert np.isnan(value_of(payer_accepted, one_lead(payer=payer, service_requested="spine surgery")))


@pytest.mark.parametrize("payer", ["AETNA", "Aetna - will bring card", "aetna ppo", "Ａｅｔｎａ", "Aetna, not sure"])
def test_a_payer_with_a_remark_is_that_payer(payer):
    assert value_of(payer_accepted, one_lead(payer=payer, service_requested="spine surgery")) == 1


@pytest.mark.parametrize(
    "service",
    ["Physical Therapy; spine surgery", "physio, back surgery", "spine surgery & physio", "physio and spine surgery",
     "physio y back surgery", "physical-therapy", "Physical therapy (left knee)", "botox; physio", "PT/back surgery",
     "physical therapy please"],
)  # fmt: skip
def test_several_services_in_one_field_are_several(service):
    assert value_of(service_offered, one_lead(service_requested=service)) == 1


@pytest.mark.parametrize("service", ["Not sure", "Other", "?", "New patient", "consulta"])
def test_a_field_that_names_no_service_does_not_count_against_the_lead(service):
    assert np.isnan(value_of(service_offered, one_lead(service_requested=service)))


def test_a_phone_number_of_a_spreadsheet_is_valid_and_a_lost_one_is_not_given():
    assert value_of(valid_phone, one_lead(phone="6175550123.0")) == 1
    assert np.isnan(value_of(valid_phone, one_lead(phone="6.17555E+09")))
    assert value_of(zip_on_map, one_lead(postal_code="2134")) == 1


def test_what_a_payload_holds_in_place_of_a_value_is_said_without_it():
    kinds = {"phone": "text", "payer": "category", "custom:Visits": "number"}
    converted, faults, _ = convert_payload(
        {"phone": "6.17555E+09", "payer": "ask patient", "Visits": "--"}, kinds, UTC, Mapping.identity()
    )

    assert not {name for name, value in converted.items() if value is not None}
    assert [fault.field for fault in faults] == ["phone", "payer"]
    assert "6.17555E+09," not in str(faults) and "ask patient" not in str(faults)


@pytest.mark.parametrize(
    "service",
    ["1. physio 2. back surgery", "physio<br>back surgery", "<ul><li>physio</li><li>spine surgery</li></ul>",
     "physio > back surgery", "both physio and spine surgery", "physio as well as back surgery",
     "physio \u3001spine surgery",
     "an evaluation for physical therapy", "physical_therapy back_surgery", "physio: yes; spine surgery: no"],
)  # fmt: skip
def test_services_of_any_list_are_found(service):
    assert value_of(service_offered, one_lead(service_requested=service)) == 1


def test_a_service_that_was_answered_with_no_is_not_asked_for():
    clinics = ClinicMap.from_practice(
        Practice(services=(Service("Knee replacement"), Service("MRI scan"), Service("Sports & Spine", ("PT",))))
    )

    assert clinics.find_services("Knee replacement: yes; MRI scan: no") == (0,)
    assert clinics.find_services("Knee replacement=1;MRI scan=0") == (0,)
    assert clinics.find_services("not an MRI scan") == ()
    assert clinics.find_services("Sports & Spine, MRI scan") == (2, 1)
    assert clinics.find_services(find_meaning("service_requested", "Sports &amp; Spine").text) == (2,)
    assert clinics.find_services("the pt wants botox") == () and clinics.find_services("eval by PT") == (2,)
