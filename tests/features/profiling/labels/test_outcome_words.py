"""Does a status mean what a person at the desk would say it means?"""

import pytest

from features.profiling.labels.outcome_words import classify_header, classify_status, read_yes_no

BOOKED = (
    "Booked; Appointment scheduled; Appt Scheduled; Confirmed; Checked out; Arrived; Rescheduled; Closed - Converted; "
    "Closed Won; Won; Attended; Showed; Completed; Consult Scheduled; Consultation call booked; "
    "Contacted - Appointment Booked; Surgery scheduled; APPT SET; Termin vereinbart; Gebucht; Cita agendada; RDV pris; "
    "Réservé; Agendado; Prenotato; Afspraak gemaakt; Sched; Sched'd; "
    "Bokad; Umówiony; Objednán; Записан; 已预约; 予約済み; 예약 완료; נקבע תור; นัดแล้ว; Đã đặt lịch; محجوز; "
    "Booked via phone; No problem, booked; CheckedOut"
).split("; ")
NOT_BOOKED = (
    "Solicitor; Not a candidate; Won't book; Won\u2019t book; Booked elsewhere; Did not book; "
    "Didn't book; Not interested; Booked - cancelled; Canceled by patient; "
    "Closed - Not Converted; Closed Lost; Spam; Duplicate; Disqualified; No-show; Wrong number; Not booked; "
    "Scheduled with another provider; Declined; Will not schedule; Does not want to book; Refused to schedule; "
    "Unable to schedule; No appointment booked; Left without booking; Kein Interesse; Abgesagt; No interesado; "
    "No asistió; Annulé; Faltou; Geannuleerd; Ha prenotato altrove; Woanders gebucht; Reservó en otro sitio; "
    "A réservé dans une autre clinique; Agendou em outro lugar; Elders geboekt; "
    "Avbokad; Zrezygnował; Отказ; 无意向; 취소; Booked then bailed; Scheduling fell through; "
    "Changed her mind; Zu teuer; Demasiado caro; "
    "Ej bokad; Inte bokad; Ikke booket; Ikke bestilt; Ei varattu; Nem foglalt; Není objednán; Nu s-a programat; "
    "Neprogramat; غير محجوز; غير مؤكد; לא נקבע; לא נקבע תור; לא הגיע; Không quan tâm; ยกเลิก; Nie umówiony; Не записан"
).split("; ")
OPEN = (
    "Demo scheduled; Spoke with patient; "
    "Hasn't booked yet; To be scheduled; Call back scheduled; Callback booked; Follow-up call scheduled; New; Open; "
    "Open - Not Contacted; Working - Contacted; Contacted; Not booked yet; Pending; Needs to be scheduled; "
    "Awaiting insurance; In Progress; Left voicemail; Waitlist; Ready to book; Appointment requested; "
    "Has not scheduled; Noch nicht gebucht; Rückruf vereinbart; "
    "Väntar på svar; W trakcie; В работе; 跟进中; 대기; "
    "Nicht erreicht; No contesta; Em negociação; Injoignable; "
    "Pendiente; En cours; Em andamento; Nieuw; Qualified; Will book later"
).split("; ")
TO_ASK = (
    "Unconfirmed; Cancelled - Rescheduled; Double booked; Other; Previously booked; Pending cancellation; Step 3; CX"
).split("; ")


@pytest.mark.parametrize(
    "status, meaning",
    [
        *((status, "booked") for status in BOOKED),
        *((status, "not_booked") for status in NOT_BOOKED),
        *((status, "open") for status in OPEN),
        *((status, None) for status in TO_ASK),
    ],
)
def test_a_status_is_read_by_phrase_and_not_by_substring(status, meaning):
    assert classify_status(status) == meaning
    assert classify_status(status.upper()) == meaning or status == "CheckedOut"


@pytest.mark.parametrize(
    "header, kind",
    [
        ("Converted", "outcome"),
        ("Appt Set?", "outcome"),
        ("Revenue>0?", "outcome"),
        ("Termin vereinbart", "outcome"),
        ("deal_stage", "status"),
        ("Lead Status", "status"),
        ("is_canceled", "failure"),
        ("No-show", "failure"),
        ("Nicht erschienen", "failure"),
        ("Previous Outcome", None),
        ("City", None),
        ("Newsletter", None),
    ],
)
def test_a_header_of_an_outcome_is_recognized(header, kind):
    assert classify_header(header) == kind


def test_answers_are_read_in_several_languages():
    assert [read_yes_no(text) for text in ("Yes", "Sí", "ja", "Não", "1.0", "0", "blue")] == [
        True, True, True, False, True, False, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("mark", "answer"), [("✓", True), (" ✔ ", True), ("✅", True), ("✗", False), ("☐", False), ("•", None)]
)
def test_a_tick_is_a_yes_and_a_cross_a_no(mark, answer):
    assert read_yes_no(mark) is answer


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("Svarar ej, bokad ny tid", "booked"),
        ("No contestó, pero agendó cita", "booked"),
        ("Keine Antwort – Termin online gebucht", "booked"),
        ("Pas de réponse, RDV pris en ligne", "booked"),
        ("Niet opgenomen, later ingepland", "booked"),
        ("Not booked - too busy", "not_booked"),
        ("Nicht gebucht, zu teuer", "not_booked"),
        ("No - booked", None),
        ("Booked, not confirmed", None),
        ("Niet verschenen, nieuwe afspraak gemaakt", None),
    ],
)
def test_a_negation_ends_with_its_clause(status, meaning):
    assert classify_status(status) == meaning


@pytest.mark.parametrize(
    "text, meaning",
    [
        ("Unread", "open"),
        ("Unanswered", "open"),
        ("No voicemail, spoke - booked", "booked"),
        ("Voicemail full, then booked", "booked"),
        ("No answer - call scheduled", "open"),
        ("No answer - appointment", "open"),
        ("Left message; scheduled call back", "open"),
        ("Booked, upcoming", None),
        ("Booked - waiting list", None),
        ("Not canceled, no show", None),
        ("Not canceled", "booked"),
    ],
)
def test_clauses_that_overtake_or_contradict_each_other(text, meaning):
    assert classify_status(text) == meaning
