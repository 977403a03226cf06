"""Does everybody see who is here and away, and may managers alone change it?"""

import re
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from features.practice.practice import Practice
from serving.application import Components, create_application
from serving.desk.pages.team_page import parse_absence
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

    assert "<bdi>Ben</bdi> is on the phone with them" in beside
    assert "On the phone: Ben" in "".join([listed, *pages])
    assert "on the phone with them" not in clients["max"].get("/leads/L5").text
