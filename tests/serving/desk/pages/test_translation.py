"""Is no text missing in Spanish, is every placeholder filled, and do names and messages stay as they are?"""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.pages import templates
from serving.desk.pages.translation import LANGUAGES, Translator, load_translator
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin
from serving.scoring.reason_words import load_reason_words
from tests.serving.conftest import AT, PASSWORD, people_in

ROOT = Path(__file__).parents[4]
TEXTS = tomllib.loads((ROOT / "serving/desk/texts_es.toml").read_text(encoding="utf-8"))["texts"]
PLACE = re.compile(r"\{=?\d\}")


def test_every_language_but_english_has_its_file_and_english_needs_none():
    assert load_translator("en") is None and load_translator("xx") is None
    assert all(load_translator(language) is not None for language in LANGUAGES if language != "en")


@pytest.mark.parametrize("english", [text for text in TEXTS if PLACE.search(text)])
def test_a_translation_has_the_same_parts(english):
    assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(TEXTS[english]))


def test_every_reason_is_in_the_catalog():
    spanish = load_translator("es")
    values = {"reason": "9%", "absent": "", "unknown": ""}
    missing = [
        text
        for texts in load_reason_words().values()
        for kind, text in texts.items()
        if spanish.translate(text.replace("{value}", values[kind])) is None
    ]

    assert missing == []


def test_the_most_specific_text_wins_and_own_words_are_never_translated():
    spanish = Translator({"Note": "Nota", "{1}. “{=2}”": "{1}. “{=2}”", "Added {1}": "Se agregó {1}", "no": "no"})

    assert spanish.translate("Note. “Note”") == "Nota. “Note”"
    assert spanish.translate("Added note") == "Se agregó nota"


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
        def translate_page(self, page):
            translated, left = real.translate_page(page)
            missing.update(dict.fromkeys(left))
            return translated, left

    monkeypatch.setattr(templates, "load_translator", lambda language: Listening() if language == "es" else None)
    with desk._store.reading() as at:
        lead_ids = [lead.lead_id for lead in at.leads.list_page()]
    paths = ["/", "/?select=1", "/?page=2", "/?sort=newest", "/?lane=urgent", "/?grade=A&lane=nurture&owner=mine"]
    paths += [f"/?list={name}" for name in ("write", "missing", "spam", "apart")]
    paths += ["/nurture", "/notices", "/team", "/settings"]
    paths += [f"/leads/{lead_id}" for lead_id in lead_ids[2:80]]
    paths += [f"/leads/{lead_id}?handoff=1" for lead_id in lead_ids[2:20]]
    statuses = {client.get(path).status_code for path in paths}
    statuses |= {send(client, "/find", words=words).status_code for words in ("open", "physio", "zzz")}
    refused = send(client, "/leads/L20", kind="callback", when="never")
    own = list_own_words(desk)
    left = [text for text in missing if not set(text.casefold().split(": ")) <= own and re.search(r"[^\W\d_]{2}", text)]

    assert statuses == {200} and refused.status_code == 422 and left == []


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
