"""Is no text missing in Spanish, is every placeholder filled, and do names and messages stay as they are?"""

import re
import tomllib
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from features.errors import PracticeError
from features.explain.reason_words import load_reason_words
from features.practice.practice import PAGE_LANGUAGES, Practice
from features.practice_file.practice_toml import practice_from_dict
from serving.accounts.sessions import SignedInUser, UserSessions
from serving.application import Components, create_application
from serving.desk.pages import templates
from serving.desk.translation.translator import LANGUAGES, Translator, load_translator
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin
from tests.serving.conftest import AT, PASSWORD, people_in, quick_passwords
from tests.support.english_left import find_english

ROOT = Path(__file__).parents[4]
CATALOG = tomllib.loads((ROOT / "serving/desk/texts_es.toml").read_text(encoding="utf-8"))
TEXTS = CATALOG["texts"] | CATALOG["insights"]
PLACE = re.compile(r"\{=?\d\}")


def test_every_language_but_english_has_its_file_and_english_needs_none():
    assert load_translator("en") is None and load_translator("xx") is None
    assert all(load_translator(language) is not None for language in LANGUAGES if language != "en")


def test_a_practice_writes_its_own_texts_in_english_and_in_spanish():
    own = {"en": {"Call list": "Callbacks", "{1} ready": "{1} to call"}, "es": {"Call list": "Llamadas"}}
    page = "<h1>Call list</h1><p>3 ready</p><p>Follow up</p>"

    english, spanish = (load_translator(language, own).translate_page(page)[0] for language in ("en", "es"))

    assert english == "<h1>Callbacks</h1><p>3 to call</p><p>Follow up</p>"
    assert "<h1>Llamadas</h1>" in spanish and "Seguimiento" in spanish


def test_the_languages_that_a_practice_may_name_are_those_of_the_pages():
    assert tuple(LANGUAGES) == PAGE_LANGUAGES


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({"xx": {}}, "texts.xx: is no language of the desk: en or es"),
        ({"es": {"{1} ready": "{2} listos"}}, "has {2}, which its English text does not have"),
        ({"es": {"Call list": 3}}, "found 3, expected"),
        ({"es": "Lista"}, "found 'Lista', expected"),
        ({"en": {"Call list": " "}}, "is empty. Write a text, or take the line out"),
    ],
)
def test_a_text_that_could_not_be_shown_is_a_fault_of_the_practice_file(texts, fault):
    with pytest.raises(PracticeError, match=re.escape(fault)):
        practice_from_dict({"practice": {"texts": texts}})


def test_a_text_of_a_practice_is_text_and_no_page():
    own = {"en": {"Call list": "<script>alert(1)</script>"}}

    assert load_translator("en", own).translate_page("<h1>Call list</h1>")[0] == (
        "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>"
    )


@pytest.mark.parametrize("english", [text for text in TEXTS if PLACE.search(text)])
def test_a_translation_has_the_same_parts(english):
    assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(TEXTS[english]))


def test_every_reason_is_in_the_catalog():
    spanish = load_translator("es")
    values = {"reason": "9%", "absent": "", "unknown": "", "whole": ""}
    missing = [
        text
        for texts in load_reason_words().values()
        for kind, text in texts.items()
        if spanish.translate(text.replace("{value}", values[kind])) is None
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("Couldn't do that", "No se pudo hacer"),
        ("Lead not found (it may have been deleted).", "Contacto no encontrado (quizá se borró)."),
        (
            "Already spoke with them, or sure to answer; 33% book.",
            "Ya se habló con esta persona, o es seguro que contesta; 33% agenda.",
        ),
    ],
)
def test_a_text_that_a_broad_pattern_would_take_is_translated_whole(english, spanish):
    assert load_translator("es").translate(english) == spanish


@pytest.mark.parametrize("page", ["disagreements.html", "readings.html"])
def test_an_empty_page_for_managers_is_spanish_to_its_end(page):
    source = (ROOT / "serving/desk/templates" / page).read_text(encoding="utf-8")
    text = re.findall(r'<p class="empty">([^<]*)</p>', source)[-1]

    assert "página" in load_translator("es").translate(text) and "lead" not in load_translator("es").translate(text)


def test_the_most_specific_text_wins_and_own_words_are_never_translated():
    spanish = Translator({"Note": "Nota", "{1}. “{=2}”": "{1}. “{=2}”", "Added {1}": "Se agregó {1}", "no": "no"})

    assert spanish.translate("Note. “Note”") == "Nota. “Note”"
    assert spanish.translate("Added note") == "Se agregó nota"


def test_texts_of_the_insights_touch_no_other_page():
    assert not CATALOG["texts"].keys() & CATALOG["insights"].keys()
    for text in ("Spring bookings", "Insurance: Open, Price", "Implants given", "Smile against /open"):
        english = load_translator("es").translate(text)
        assert english is None or english.endswith(text.partition(": ")[2] or text)
    assert load_translator("es", section="insights").translate("12 bookings") == "12 citas"


def test_the_catalog_is_read_once_for_all_pages_without_texts_of_their_own():
    assert load_translator("es", section="queue") is load_translator("es") is load_translator("es", section="texts")


def test_names_within_a_sentence_are_not_translated_and_remembered_apart():
    spanish = Translator({"{1} went silent": "{1} se detuvo", "Open": "Abierto", "{1} and {2}": "{1} y {2}"})
    text, names = "Open went silent", frozenset({"Open"})

    assert [spanish.translate(text, each) for each in (names, frozenset(), names)] == [
        "Open se detuvo",
        "Abierto se detuvo",
        "Open se detuvo",
    ]
    assert spanish.translate("Open, Open and Open", names) == "Open, Open y Open"


@pytest.mark.parametrize(
    "name", ["Open and Open", "Open, Open", "Open. Open", "Open: silent", "{1} <b> Open", "Open\ue000 Open"]
)
def test_a_name_of_several_words_is_not_taken_apart(name):
    spanish = Translator({"{1} went silent": "{1} se detuvo", "Open": "Abierto", "{1} and {2}": "{1} y {2}"})
    names = frozenset({name, "Open"})

    assert spanish.translate(f"{name} and Open went silent", names) == f"{name} y Open se detuvo"
    # A name that stands in a sentence of ours is no mark of a name there.
    assert spanish.translate("Open went silent", frozenset({"went silent"})) == "Abierto se detuvo"


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        (
            "Read from the message: Wants to be seen; Speaks of insurance",
            "Leído en el mensaje: Quiere que le atiendan; Habla del seguro",
        ),
        (
            "Call today before 5 PM to find a time: we're in touch already; asked for the morning",
            "Llamar hoy antes de las 5 PM para acordar la cita: ya estamos en contacto; pidió por la mañana",
        ),
        ("Call after 8 AM tomorrow: we're closed", "Llamar mañana después de las 8 AM: estamos cerrados"),
        (
            "Call after 9:55 AM tomorrow: callback at 10 AM tomorrow",
            "Llamar mañana después de las 9:55 AM: devolver la llamada mañana a las 10 AM",
        ),
    ],
)
def test_of_several_patterns_the_one_whose_parts_are_all_known_is_taken(english, spanish):
    assert load_translator("es").translate(english) == spanish


def test_a_part_that_the_catalog_lacks_is_a_name_where_no_pattern_fits_better():
    spanish = Translator(
        {"{1} of {2}": "{1} de {2}", "Speaks of insurance": "Habla del seguro", "Says: {1}": "Dice: {1}"}
    )

    assert spanish.translate("Says: Speaks of insurance") == "Dice: Habla del seguro"
    assert spanish.translate("Bank of Ann") == "Bank de Ann"


def test_parts_of_a_sentence_are_translated_only_where_all_are_known():
    spanish = Translator({"One": "Uno", "Two": "Dos"})

    assert spanish.translate("One; two") == "Uno; dos" and spanish.translate("One; three") is None


def test_a_page_keeps_names_messages_keys_and_escapes():
    spanish = Translator({"Open": "Abrir", "A & B": "B & <A>", "Call": "Llamar"})
    page = (
        '<p aria-label="Open">Open <kbd>Open</kbd> <bdi translate="no">Open <b>Call</b></bdi> A &amp; B</p>'
        "<textarea>Open</textarea><p>Call</p><p>Sin texto</p>"
    )

    translated, missing = spanish.translate_page(page)

    assert translated == (
        '<p aria-label="Abrir">Abrir <kbd>Open</kbd> <bdi translate="no">Open <b>Call</b></bdi> B &amp; &lt;A&gt;</p>'
        "<textarea>Open</textarea><p>Llamar</p><p>Sin texto</p>"
    )
    assert missing == ["Sin texto"]


def test_dates_are_written_as_they_are_said():
    assert (
        load_translator("es").translate("Callback set for Fri, Dec 4, 2 PM")
        == "Llamada programada para vie 4 dic, 2 PM"
    )


@pytest.mark.parametrize("text", ["after Dec 4", "call her on May 5", "Mayo Clinic, Dec 4", "Dr. May"])
def test_a_date_within_somebodys_own_words_is_no_date_of_ours(text):
    assert load_translator("es").translate(text) is None


@pytest.mark.parametrize("text", ["; ".join(["ab. cd: ef, gh"] * 15), ", ".join(["Open"] * 20 + ["x"] * 400)])
def test_a_text_from_outside_costs_few_attempts(text, monkeypatch):
    attempts, attempt = [], Translator._fill_pattern
    monkeypatch.setattr(Translator, "_fill_pattern", lambda *args: attempts.append(1) or attempt(*args))

    assert load_translator("es").translate(text) is None and len(attempts) < 20


def test_a_sentence_of_ours_with_a_long_note_is_translated_and_the_note_is_not():
    note = "Open. " * 300

    assert load_translator("es").translate(f"Note. “{note}”") == f"Nota. “{note}”"


def test_own_words_are_not_kept_in_memory():
    spanish = Translator({"Pick {=1}": "Elegir {=1}", "{1}. “{=2}”": "{1}. “{=2}”", "Note": "Nota"})

    assert spanish.translate("Pick Marisol") == "Elegir Marisol" and spanish.translate("Note. “x”") == "Nota. “x”"
    assert spanish._remember.cache_info().currsize == 0
    assert spanish.translate("Note") == "Nota" and spanish._remember.cache_info().currsize == 1


@pytest.fixture(scope="module")
def office(make_desk, tmp_path_factory, champion, desk_data, now):
    """A client of luz, who reads Spanish, and her desk, where something of every kind has happened."""
    home = tmp_path_factory.mktemp("spanish")
    desk = make_desk(home, champion, desk_data)
    people = people_in(home, "luz", "desk", lambda: AT)
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    cookies = {"__Host-leadlight": people.sign_in("luz", PASSWORD, "tests").token}
    client = TestClient(RequestMiddleware(application), cookies=cookies)
    desk._lead_service.put_lead({"lead_id": "L5", "first_name": "Open", "last_name": "Call"}, RequestOrigin("tests"))
    later = "2026-03-06T10:00:00-05:00"
    for lead_id, kind, fields in (
        ("L5", "call", {"result": "voicemail"}),
        ("L5", "note", {"text": "No answer"}),
        ("L6", "callback", {"at": later}),
        ("L7", "nurture", {"until": later}),
        ("L8", "outcome", {"stage": "lost", "reason": "price"}),
        ("L9", "outcome", {"stage": "booked", "appointment_at": later, "clinic": "North", "provider": "Dr. Shah"}),
        ("L9", "hand_off", {"to": "North, Rosa", "answer_by": later}),
        ("L12", "facts", {"payer": "Aetna", "relation": "parent"}),
        ("L13", "grade", {"grade": "A", "reason": "asked for by the surgeon"}),
        ("L14", "order", {"place": "3", "reason": "the boss says so"}),
        ("L15", "do_not_contact", {}),
        ("L16", "calling", {}),
        ("L17", "message", {"channel": "text"}),
        ("L18", "hand_over", {"to": "luz"}),
        ("L19", "claim", {}),
    ):
        desk.actions.take_step("ben", lead_id, kind, fields)
    assert send(client, "/language", language="es").status_code == 200
    return client, desk


@pytest.fixture
def manager(office, champion, now):
    """A client of mia, who is a manager and reads Spanish too."""
    _, desk = office
    passwords = quick_passwords()
    with desk._store.transaction("max") as at:
        at.users.add("mia", "Mia", "manager", passwords.hash(PASSWORD))
    people = UserSessions(desk._store, 720, passwords)
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    cookies = {"__Host-leadlight": people.sign_in("mia", PASSWORD, "tests").token}
    client = TestClient(RequestMiddleware(application), cookies=cookies)
    assert send(client, "/language", language="es").status_code == 200
    return client


def test_no_page_for_managers_holds_an_english_text_in_spanish(office, manager, monkeypatch):
    _, desk = office
    missing, real = {}, load_translator("es")

    class Listening:
        def translate_page(self, page, names):
            translated, left = real.translate_page(page, names)
            missing.update(dict.fromkeys(left))
            return translated, left

    monkeypatch.setattr(
        templates, "load_translator", lambda language, own_texts, section: Listening() if language == "es" else None
    )
    desk.actions.take_step("ben", "L13", "reading_wrong", {"label": "appointment", "answer": "no"})
    pages = {path: manager.get(path) for path in ("/how", "/ledger", "/readings", "/password", "/team", "/settings")}
    own = list_own_words(desk) | {"mia", "L13"}
    left = [text for text in missing if text.casefold() not in own and re.search(r"[^\W\d_]{2}", text)]

    assert {page.status_code for page in pages.values()} == {200} and left == []
    assert {text for page in pages.values() for text in find_english(page.text, own)} == set()
    assert "Cómo se ordena la lista de llamadas" in pages["/how"].text
    assert "Cambios a mano y cómo resultaron" in pages["/ledger"].text


def send(client, path, **fields):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/settings").text)[1]
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    return client.post(path, data={"csrf": token} | fields, headers=headers)


def list_own_words(desk) -> set[str]:
    """Return what is not ours to translate: names of people and things, and values that came with leads."""
    practice = desk.engine.bundle.practice
    words = {practice.name, "Luz", "ben", "Ben", "luz", "Dr. Shah", *"ABCD"}
    words |= {entry.name for entry in (*practice.clinics, *practice.services)}
    words |= {payer for service in practice.services for payer in service.payers}
    with desk._store.reading() as at:
        for lead in at.leads.list_page():
            words |= {
                lead.lead_id,
                *map(str, lead.values.values()),
                *map(str, lead.custom),
                *map(str, lead.custom.values()),
            }
    return {word.replace("_", " ").strip().casefold() for word in words}


def test_no_page_of_the_intake_lead_holds_an_english_text_in_spanish(office, monkeypatch):
    client, desk = office
    missing, real = {}, load_translator("es")

    class Listening:
        def translate_page(self, page, names):
            translated, left = real.translate_page(page, names)
            missing.update(dict.fromkeys(left))
            return translated, left

    monkeypatch.setattr(
        templates, "load_translator", lambda language, own_texts, section: Listening() if language == "es" else None
    )
    with desk._store.reading() as at:
        lead_ids = [lead.lead_id for lead in at.leads.list_page()]
    paths = ["/", "/?select=1", "/?page=2", "/?sort=newest", "/?lane=urgent", "/?grade=A&lane=nurture&owner=mine"]
    paths += [f"/?list={name}" for name in ("write", "missing", "spam", "apart")]
    paths += ["/nurture", "/notices", "/team", "/settings"]
    paths += [f"/leads/{lead_id}" for lead_id in lead_ids[2:80]]
    paths += [f"/leads/{lead_id}?handoff=1" for lead_id in lead_ids[2:20]]
    pages = [client.get(path) for path in paths]
    pages += [send(client, "/find", words=words) for words in ("open", "physio", "zzz")]
    statuses = {page.status_code for page in pages}
    refused = send(client, "/leads/L20", kind="callback", when="never")
    own = list_own_words(desk)
    left = [text for text in missing if not set(text.casefold().split(": ")) <= own and re.search(r"[^\W\d_]{2}", text)]

    assert statuses == {200} and refused.status_code == 422 and left == []
    # A pattern takes whatever stands in its place: what the person sees must hold no English word either.
    assert {text for page in (*pages, refused) for text in find_english(page.text, own)} == set()


def test_a_name_a_message_and_a_note_that_are_words_of_ours_stay_as_they_are(office):
    client, _ = office
    page = unescape(client.get("/leads/L5").text)

    assert re.search(r"<h1[^>]*><bdi[^>]*>Open Call</bdi></h1>", page) and "Nota. “No answer”" in page
    assert '<html lang="es">' in page and "Llamada anotada: buzón de voz" in page


def test_the_language_is_each_persons_own_and_an_unknown_one_is_refused(office):
    client, desk = office
    refused = send(client, "/language", language="xx")
    with desk._store.reading() as at:
        languages = {user.person_id: user.language for user in at.users.list_all()}

    assert refused.status_code == 422 and languages["luz"] == "es"


@pytest.fixture
def april(office):
    """A client of luz; her colleague April has a lead whose values are spelled like words of ours."""
    client, desk = office
    with desk._store.transaction("max") as at:
        if at.users.find("april") is None:
            at.users.add("april", "April", "desk", "$argon2id$none")
    lead = {"lead_id": "L25", "payer": "New", "preferred_time": "after Dec 4", "timeframe": "Dec 4, or May 5"}
    lead |= {"service_requested": "Open", "first_name": "May", "custom": {"Insurance tier": "Booked"}}
    desk._lead_service.put_lead(lead, RequestOrigin("tests"))
    desk.actions.take_step("april", "L25", "facts", {"referrer": "May"})
    desk.actions.take_step("max", "L25", "hand_over", {"to": "april"})
    return client


def test_names_and_values_that_are_spelled_like_words_of_ours_stay_as_they_are(april):
    lead, note = april.get("/leads/L25").text, april.get("/leads/L25?handoff=1").text
    listed, team = april.get("/?service=Open").text + lead, april.get("/team").text
    values = ("New", "After Dec 4", "Dec 4, or May 5", "Open", "Booked", "May", "April")

    assert [value for value in values if not re.search(rf"<bdi[^>]*>{value}</bdi>", lead)] == []
    assert [value for value in (*values[:2], "May") if not re.search(rf"<bdi[^>]*>{value}</bdi>", note)] == []
    assert "May</bdi> (confirmado)" in note
    assert re.search('class="tag taken"><bdi[^>]*>April</bdi>', listed)
    assert re.search('role="rowheader"><bdi[^>]*>April</bdi>', team) and ">April</option>" in lead
    # The catalog has each of these: only the marks keep the texts apart.
    assert load_translator("es").translate("April") == "abril"
    assert not re.search(r"\b(abril|mayo|4 dic)\b", lead + note + listed + team)


def test_names_on_lists_of_closed_leads_are_no_texts_to_translate(april, monkeypatch):
    missing, real = [], load_translator("es")

    class Listening:
        def translate_page(self, page, names):
            translated, left = real.translate_page(page, names)
            missing.extend(left)
            return translated, left

    monkeypatch.setattr(templates, "load_translator", lambda language, own_texts, section: Listening())
    row = SimpleNamespace(
        lead_id="L1", name="Marisol Quint", reason="Price", days="3", chance="4", worth="5", channel=""
    )
    user = SignedInUser("luz", "Luz", "manager", "", language="es")
    engine = SimpleNamespace(bundle=SimpleNamespace(practice=Practice()), version="1")
    for name, values in (
        ("win_back.html", {"lines": [row], "query": "", "filtered_by": ""}),
        (
            "search_results.html",
            {
                "groups": dict.fromkeys(("person", "catalog", "message"), ()),
                "other_ids": ["L1"],
                "names": {"L1": "Marisol Quint"},
                "is_empty": False,
            },
        ),
    ):
        assert "Marisol Quint" in templates.render_template(name, engine, user, section="", **values)

    assert "Marisol Quint" not in missing
