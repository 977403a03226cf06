"""Does a session begin with a password, end in time, and does guessing take for ever without shutting anybody out?"""

import pytest

from serving.accounts.password_hashing import Passwords
from serving.accounts.sessions import SignedInUser, UserSessions
from serving.errors import RequestError, StoreUnavailable, UserError
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.store.conftest import FixedClock

GOOD, WRONG = "four calm herons wait", "three calm herons wait"
DESK, STRANGER = "192.0.2.10", "203.0.113.66"


class CountingPasswords(Passwords):
    """argon2id with little memory, that counts what it compared and hashed."""

    def __init__(self, memory_kib=8):
        self.compared = self.hashes = 0
        super().__init__(memory_kib, 1)

    def hash(self, password):
        self.hashes += 1
        return super().hash(password)

    def matches(self, password, password_hash):
        self.compared += 1
        return super().matches(password, password_hash)


class Desk:
    """People over a store with a clock that moves when told: anna of the desk, and max, who was disabled."""

    def __init__(self, home):
        self.clock, self.passwords, self.seconds = FixedClock(), CountingPasswords(), 1000.0
        self.store = Store.open(Settings(home), self.clock)
        self.people = self.open_sessions()
        with self.store.transaction() as at:
            for name in ("anna", "max"):
                at.users.add(name, name.title(), "desk", self.passwords.hash(GOOD))
            at.users.disable("max")

    def open_sessions(self, **how):
        return UserSessions(self.store, 30, how.get("passwords", self.passwords), lambda: self.seconds)

    def status(self, name="anna", password=GOOD, client=DESK, marks=()):
        """200, or the status of the refusal."""
        try:
            self.people.sign_in(name, password, client, marks)
            return 200
        except RequestError as refused:
            self.wait = refused.retry_after
            return refused.status

    def actions(self):
        with self.store.reading() as at:
            return [row.action for row in at.audit.list_rows()]


@pytest.fixture
def desk(tmp_path):
    desk_setup = Desk(tmp_path)
    yield desk_setup
    desk_setup.store.close()


def test_a_session_says_who_is_there(desk):
    begun = desk.people.sign_in(" Anna ", GOOD, DESK)

    user = desk.people.find_user(begun.token)
    assert user == SignedInUser("anna", "Anna", "desk", user.csrf, False) and len(user.csrf) == 43
    assert (
        desk.people.find_user("x" * 43) is None
        and desk.people.find_user("") is None
        and desk.people.find_user("../" * 20) is None
    )


def test_only_the_sum_of_a_token_is_kept(desk, tmp_path):
    begun = desk.people.sign_in("anna", GOOD, DESK)
    desk.store.close()

    content = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert begun.token.encode() not in content and GOOD.encode() not in content


def test_each_sign_in_has_a_token_of_its_own_and_ends_the_one_the_browser_had(desk):
    first = desk.people.sign_in("anna", GOOD, DESK)
    second = desk.people.sign_in("anna", GOOD, DESK, old_token=first.token)

    assert first.token != second.token and desk.people.find_user(first.token) is None
    assert desk.people.find_user(second.token).csrf is not None


def test_a_token_that_somebody_planted_is_not_taken_over(desk):
    planted = "p" * 43
    begun = desk.people.sign_in("anna", GOOD, DESK, old_token=planted)

    assert begun.token != planted and desk.people.find_user(planted) is None


def test_half_an_hour_of_nothing_ends_a_session_and_a_sign_of_life_keeps_it(desk):
    token = desk.people.sign_in("anna", GOOD, DESK).token
    results = []
    for _ in range(4):
        desk.clock.forward(minutes=29)
        results.append(desk.people.find_user(token) is not None)
    desk.clock.forward(minutes=30)

    assert results == [True] * 4 and desk.people.find_user(token) is None


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(desk):
    token = desk.people.sign_in("anna", GOOD, DESK).token

    seen = []
    for _ in range(7):
        desk.clock.forward(minutes=5)
        seen.append(desk.people.find_user(token, by_itself=True) is not None)

    assert seen == [True] * 5 + [False] * 2


def test_twelve_hours_end_a_session_however_busy_it_was(desk):
    token = desk.people.sign_in("anna", GOOD, DESK).token
    seen = []
    for _ in range(36):
        seen.append(desk.people.find_user(token) is not None)
        desk.clock.forward(minutes=20)

    assert seen == [True] * 36 and desk.people.find_user(token) is None


def test_a_sign_of_life_is_written_at_most_once_a_minute(desk, monkeypatch):
    token, written, honest = desk.people.sign_in("anna", GOOD, DESK).token, [], desk.store.transaction
    monkeypatch.setattr(desk.store, "transaction", lambda *how: written.append(1) or honest(*how))
    for _ in range(12):
        desk.people.find_user(token)
        desk.clock.forward(seconds=20)

    assert len(written) == 3


def test_a_page_is_shown_though_the_sign_of_life_cannot_be_written(desk, monkeypatch, caplog):
    token = desk.people.sign_in("anna", GOOD, DESK).token
    desk.clock.forward(minutes=2)

    def full(*how):
        raise StoreUnavailable("store: the disk is full.")

    monkeypatch.setattr(desk.store, "transaction", full)

    assert desk.people.find_user(token).person_id == "anna" and "the disk is full" in caplog.text


@pytest.mark.parametrize(
    "change", [lambda people: people.disable("anna"), lambda people: people.set_role("anna", "admin")]
)
def test_a_session_ends_when_the_person_is_disabled_or_has_another_role(desk, change):
    token = desk.people.sign_in("anna", GOOD, DESK).token
    with desk.store.transaction() as at:
        change(at.users)

    assert desk.people.find_user(token) is None


def test_a_password_that_was_changed_while_it_was_compared_opens_nothing(desk, monkeypatch):
    honest = desk.passwords.matches

    def slowly(password, password_hash):
        with desk.store.transaction() as at:
            at.users.set_password("anna", desk.passwords.hash("another one altogether"))
        return honest(password, password_hash)

    monkeypatch.setattr(desk.passwords, "matches", slowly)

    assert desk.status() == 401


def test_an_unknown_a_disabled_and_a_wrong_sign_in_cost_the_same_and_say_the_same(desk):
    messages, costs = set(), []
    for name, password in (
        ("anna", WRONG),
        ("nobody", GOOD),
        ("max", GOOD),
        ("\u202e<b>", GOOD),
        ("anna", ""),
        ("", ""),
    ):
        compared_before, lines = desk.passwords.compared, len(desk.actions())
        with pytest.raises(RequestError, match="Wrong username or password") as caught:
            desk.people.sign_in(name, password, DESK)
        messages.add((caught.value.status, caught.value.code, caught.value.message))
        costs.append((desk.passwords.compared - compared_before, len(desk.actions()) - lines))

    assert len(messages) == 1 and costs == [(1, 1)] * 6


def test_a_hash_of_older_parameters_is_made_anew_at_the_next_sign_in(desk):
    newer = CountingPasswords(memory_kib=16)
    desk.people = desk.open_sessions(passwords=newer)

    statuses = [desk.status() for _ in range(2)]

    assert statuses == [200, 200] and newer.hashes == 2  # the one of nobody, and anna's
    assert desk.actions().count("password_rehashed") == 1


def test_a_wait_grows_with_each_wrong_password_and_a_right_one_ends_it(desk):
    free = [desk.status(password=WRONG) for _ in range(5)]
    early, waits = [], []
    for _ in range(4):
        early.append(desk.status(password=GOOD))
        waits.append(desk.wait)
        desk.seconds += desk.wait
        desk.status(password=WRONG)
    desk.seconds += 16

    assert (free, early, waits) == ([401] * 5, [429] * 4, [1, 2, 4, 8])
    assert [desk.status(), desk.status(password=WRONG)] == [200, 401]


def test_what_comes_too_early_is_not_compared_not_counted_and_not_written(desk):
    for _ in range(5):
        desk.status(password=WRONG)
    counts_before = desk.passwords.compared, len(desk.actions())

    tries = [desk.status(password=WRONG) for _ in range(50)]

    assert tries == [429] * 50 and (desk.passwords.compared, len(desk.actions())) == counts_before and desk.wait == 1


def test_a_wait_ends_at_a_quarter_of_an_hour(desk):
    waits = []
    for _ in range(40):
        if desk.status(password=WRONG) == 429:
            waits.append(desk.wait)
            desk.seconds += desk.wait

    assert waits[9:] == [512] + [900] * (len(waits) - 10) and len(waits) > 12


def test_a_stranger_slows_strangers_and_not_the_person_at_her_own_desk(desk):
    mark = desk.people.sign_in("anna", GOOD, DESK).mark
    for number in range(60):
        desk.status(password=WRONG, client=f"203.0.113.{number}")
        desk.status(
            name=f"guess{number}", password=WRONG, client=DESK
        )  # behind the same proxy, from anna's own address

    assert desk.status(marks=["", "rubbish", mark]) == 200
    assert desk.status() == 429 and desk.wait <= 60


def test_a_stranger_shuts_a_new_browser_out_for_a_minute_at_most(desk):
    for number in range(60):
        desk.status(password=WRONG, client=f"203.0.113.{number}")
    desk.seconds += 61

    assert desk.status(client=DESK) == 200


def test_a_mark_is_slowed_by_itself_and_worthless_for_others_and_after_another_password(desk):
    mark = desk.people.sign_in("anna", GOOD, DESK).mark
    with desk.store.transaction() as at:
        at.users.add("eve", "Eve", "desk", desk.passwords.hash(GOOD))
    for number in range(60):
        desk.status(name="eve", password=WRONG, client=f"203.0.113.{number}")
    foreign = desk.status(name="eve", marks=[mark])
    slowed = [desk.status(password=WRONG, marks=[mark]) for _ in range(6)]
    with desk.store.transaction() as at:
        at.users.set_password("anna", desk.passwords.hash("another one altogether"))
    again = desk.people.sign_in("anna", "another one altogether", "198.51.100.4", [mark])

    assert foreign == 429 and slowed == [401] * 5 + [429] and again.mark != mark


def test_another_password_ends_every_session_and_begins_one(desk):
    first, second = (desk.people.sign_in("anna", GOOD, DESK) for _ in range(2))
    visitor = desk.people.find_user(second.token)

    begun = desk.people.change_password(visitor, GOOD, "six slow pelicans drift", DESK)

    assert [desk.people.find_user(token) for token in (first.token, second.token)] == [None, None]
    assert desk.people.find_user(begun.token).csrf != visitor.csrf
    assert [desk.status(), desk.status(password="six slow pelicans drift")] == [401, 200]


@pytest.mark.parametrize(
    ("current", "new", "match"),
    [
        (WRONG, "six slow pelicans drift", "the current password is wrong"),
        (GOOD, GOOD, "same as the current one"),
        (GOOD, "password1234", "too common"),
        (GOOD, "short", "at least 12"),
    ],
)
def test_a_password_is_changed_by_who_knows_it_and_for_a_good_one(desk, current, new, match):
    token = desk.people.sign_in("anna", GOOD, DESK).token

    with pytest.raises(UserError, match=match):
        desk.people.change_password(desk.people.find_user(token), current, new, DESK)

    assert desk.people.find_user(token) is not None and desk.status() == 200


def test_whoever_found_a_session_does_not_guess_its_password(desk):
    visitor = desk.people.find_user(desk.people.sign_in("anna", GOOD, DESK).token)
    for _ in range(5):
        with pytest.raises(UserError):
            desk.people.change_password(visitor, WRONG, "six slow pelicans drift", DESK)

    with pytest.raises(RequestError, match="Try again in 1 second"):
        desk.people.change_password(visitor, GOOD, "six slow pelicans drift", DESK)


def test_a_session_outlives_the_service(desk):
    token = desk.people.sign_in("anna", GOOD, DESK).token

    assert desk.open_sessions().find_user(token).person_id == "anna"
