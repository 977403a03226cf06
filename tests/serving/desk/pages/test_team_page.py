"""Does everybody see who is here and away, and may managers alone change it?"""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from features.practice.desk_team import TeamMember
from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.application import Components, create_application
from serving.desk.pages.team_page import parse_absence, render_team
from serving.errors import RequestError
from serving.http.middleware import RequestMiddleware
from tests.serving.conftest import AT, PASSWORD, people_in

NOON = datetime(2026, 12, 1, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def office(make_desk, tmp_path_factory, champion, desk_data, now):
    """Clients of max, a manager, and ben, over one store."""
    home = tmp_path_factory.mktemp("team")
    desk = make_desk(home, champion, desk_data)
    clients = {}
    for name, role in (("max", "manager"), ("ben", "desk")):
        people = people_in(home, name, role, lambda: AT)
        application = create_application(Components(champion, lambda: now, desk=desk, users=people))
        cookies = {"__Host-leadlight": people.sign_in(name, PASSWORD, "tests").token}
        clients[name] = TestClient(RequestMiddleware(application), cookies=cookies)
    return clients, desk


def send(client, **fields):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    return client.post(
        "/team", data={"csrf": token} | fields, headers={"sec-fetch-site": "same-origin", "accept": "text/html"}
    )


def test_time_off_is_added_shown_to_everybody_and_canceled(office):
    clients, desk = office
    added = send(clients["max"], person="ben", first="2026-03-05", last="2026-03-06")
    seen = clients["ben"].get("/team").text
    start = re.search(r'name="cancel" value="([^"]+)"', added.text)[1]
    canceled = send(clients["max"], person="ben", cancel=start)

    assert "Away through tomorrow" in added.text and "Away through tomorrow" in seen
    assert "Here now" in added.text and 'name="cancel"' not in seen and "Add time off" not in seen
    assert "Away through" not in canceled.text
    with desk._store.reading() as at:
        actions = [row.action for row in at.audit.list_rows() if row.action.startswith("absence")]
    assert actions == ["absence_set", "absence_canceled"]


def test_open_leads_are_those_to_work_on(office):
    clients, desk = office
    desk.actions.take_step("max", "L11", "hand_over", {"to": "ben"})
    before = re.search(r"<bdi[^>]*>Ben</bdi>.*?Open leads\">(\d+)", clients["max"].get("/team").text, re.S)[1]
    desk.actions.take_step("ben", "L11", "nurture", {"until": "2026-04-05T10:00:00-05:00"})
    after = re.search(r"<bdi[^>]*>Ben</bdi>.*?Open leads\">(\d+)", clients["max"].get("/team").text, re.S)[1]

    assert int(after) == int(before) - 1


def test_who_is_in_practice_toml_without_a_user_is_named(office):
    clients, desk = office
    team, snapshot = (TeamMember("Max"), TeamMember("rosa")), desk.take_snapshot()
    engine = desk.engine
    practice = replace(engine.bundle.practice, team=team)
    columns = replace(snapshot.columns, engine=replace(engine, bundle=replace(engine.bundle, practice=practice)))
    user = SignedInUser("max", "Max", "manager", "", False)

    page = render_team(replace(snapshot, columns=columns), desk.read_team(), user, True)

    assert re.search(r'get no leads: <b translate="no">rosa</b>', page)


def test_how_many_leads_wait_for_room_is_said_where_a_rule_gives_them_out(office):
    clients, desk = office
    snapshot, engine = desk.take_snapshot(), desk.engine
    policy = replace(engine.bundle.practice.desk, assignment="round_robin")
    practice = replace(engine.bundle.practice, desk=policy, team=(TeamMember("ben", capacity=1),))
    columns = replace(snapshot.columns, engine=replace(engine, bundle=replace(engine.bundle, practice=practice)))
    user = SignedInUser("max", "Max", "manager", "", False)

    page = render_team(replace(snapshot, columns=columns), desk.read_team(), user, True)

    assert re.search(r'<a href="/\?owner=nobody">\d+ leads wait until somebody at work has room', page)
    assert "until somebody at work has room" not in clients["max"].get("/team").text


def test_only_managers_change_it(office):
    clients, _ = office

    assert send(clients["ben"], person="ben", first="2026-03-05", last="2026-03-06").status_code == 403


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"person": "nobody"}, "Choose somebody who works on this desk"),
        ({"first": "soon"}, "First day: a day, such as 2026-12-24"),
        ({"last": "2026-03-04"}, "the first day or a later one"),
        ({"first": "2026-03-01", "last": "2026-03-02"}, "today or a day within a year"),
        ({"last": "2036-03-06"}, "today or a day within a year"),
        ({"last": "9999-12-31"}, "today or a day within a year"),
        ({"first": "0001-01-01"}, "First day: a day within a year"),
        ({"cancel": "0001-01-01T00:00:00+10:00"}, "Not canceled. Time off: the one of a button"),
        ({"cancel": "yesterday"}, "Not canceled. Time off: the one of a button"),
        ({"cancel": "2026-03-05T00:00:00"}, "Not canceled. Time off: the one of a button"),
    ],
)
def test_a_slip_is_said_and_nothing_is_saved(office, fields, said):
    clients, desk = office
    answer = send(clients["max"], **({"person": "ben", "first": "2026-03-05", "last": "2026-03-06"} | fields))

    assert answer.status_code == 422 and said in answer.text
    with desk._store.reading() as at:
        assert at.absences.list_current() == []


def test_days_are_whole_days_of_the_practice_over_a_change_of_the_clock():
    absence = parse_absence(
        {"person": "ben", "first": "2026-10-31", "last": "2026-11-01"}, Practice(), NOON.replace(month=10), "max"
    )

    assert (absence.ends_at - absence.starts_at).total_seconds() == 49 * 3600


def test_a_form_without_days_names_both():
    with pytest.raises(RequestError) as caught:
        parse_absence({}, Practice(), NOON, "max")

    assert [fault.field for fault in caught.value.fields] == ["first day", "last day"]


def test_who_is_on_the_phone_is_said_by_name_until_the_call_is_logged(office):
    clients, desk = office
    desk.actions.take_step("ben", "L5", "calling", {})
    beside, listed = clients["max"].get("/leads/L5").text, clients["max"].get("/?sort=newest").text
    pages = [clients["max"].get(f"/?sort=newest&page={page}").text for page in (2, 3)]
    desk.actions.take_step("ben", "L5", "call", {"result": "no_answer"})

    assert '<bdi translate="no">Ben</bdi> is on the phone with them' in beside
    assert "On the phone: Ben" in "".join([listed, *pages])
    assert "on the phone with them" not in clients["max"].get("/leads/L5").text
