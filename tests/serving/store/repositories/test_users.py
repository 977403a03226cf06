"""Does either database know who may sign in and who is signed in, and does the audit say it without a name typed by a
stranger?
"""

from datetime import timedelta

import pytest

from serving.errors import StoreRefused
from serving.store.database.user_entities import User


@pytest.fixture
def anna(store) -> str:
    """Somebody with two sessions."""
    with store.transaction("admin-1") as at:
        at.users.add("anna", "Anna B.", "desk", "$argon2id$one")
        at.sessions.start("anna", "a" * 64, "csrf-a", at.now + timedelta(hours=12))
        at.sessions.start("anna", "b" * 64, "csrf-b", at.now + timedelta(hours=12))
    return "anna"


def sessions(store, *tokens):
    """Whose these tokens are."""
    with store.reading() as at:
        pairs = [at.sessions.find(token) for token in tokens]
    return [None if pair is None else pair[1].person_id for pair in pairs]


def list_audit(store):
    """The audit's actions with what they say."""
    with store.reading() as at:
        return [(row.actor, row.action, row.detail) for row in at.audit.list_rows()]


def test_a_person_comes_back_as_it_was_kept(store, anna):
    with store.reading() as at:
        assert (
            at.users.list_all()
            == [at.users.find("anna")]
            == [User("anna", "Anna B.", "desk", "$argon2id$one", at.now, None, False)]
        )
        assert at.users.find("bob") is None


def test_a_name_is_given_once(store, anna):
    with store.transaction() as at:
        at.users.disable("anna")

    with pytest.raises(StoreRefused, match="there is a user of this name already"), store.transaction() as at:
        at.users.add("anna", "Another Anna", "admin", "$argon2id$two")


def test_a_session_is_found_with_its_person_and_ends_once(store, anna, clock):
    with store.reading() as at:
        session, person = at.sessions.find("a" * 64)
    with store.transaction("anna") as at:
        ended = [at.sessions.end("a" * 64), at.sessions.end("a" * 64)]

    assert (session.csrf, session.begun_at, session.ends_at - session.begun_at, person.role) == (
        "csrf-a",
        clock.now,
        timedelta(hours=12),
        "desk",
    )
    assert ended == [True, False] and sessions(store, "a" * 64, "b" * 64) == [None, "anna"]


def test_a_sign_of_life_is_kept(store, anna, clock):
    clock.forward(minutes=5)
    with store.transaction() as at:
        at.sessions.touch("a" * 64)

    with store.reading() as at:
        assert [at.sessions.find(token)[0].last_seen_at for token in ("a" * 64, "b" * 64)] == [
            clock.now,
            clock.now - timedelta(minutes=5),
        ]


@pytest.mark.parametrize(
    ("change", "action"),
    [
        (lambda people: people.set_password("anna", "$argon2id$two"), "password_changed"),
        (lambda people: people.set_role("anna", "manager"), "role_changed"),
        (lambda people: people.disable("anna"), "person_disabled"),
    ],
)
def test_whoever_loses_a_right_is_signed_out_everywhere(store, anna, change, action):
    with store.transaction("admin-1") as at:
        change(at.users)

    assert sessions(store, "a" * 64, "b" * 64) == [None, None]
    actor, last, detail = list_audit(store)[-1]
    assert (actor, last, detail["person"], detail["sessions_ended"]) == ("admin-1", action, "anna", 2)


def test_newer_parameters_sign_nobody_out(store, anna):
    with store.transaction() as at:
        at.users.rehash("anna", "$argon2id$stronger")

    with store.reading() as at:
        assert at.users.find("anna").password_hash == "$argon2id$stronger"
    assert sessions(store, "a" * 64) == ["anna"]


def test_nobody_is_changed_who_is_not_there(store):
    for change in (
        lambda people: people.disable("bob"),
        lambda people: people.set_role("bob", "admin"),
        lambda people: people.rehash("bob", "x"),
    ):
        with pytest.raises(StoreRefused, match="there is no user of this name"), store.transaction() as at:
            change(at.users)

    assert list_audit(store) == []


def test_sessions_whose_time_is_over_go_with_the_next_sign_in(store, anna, clock):
    clock.forward(hours=12)
    with store.transaction("anna") as at:
        at.sessions.start("anna", "c" * 64, "csrf-c", at.now + timedelta(hours=12))

    assert sessions(store, "a" * 64, "b" * 64, "c" * 64) == [None, None, "anna"]


def test_the_audit_says_who_came_and_went_and_holds_no_secret(store, anna):
    with store.transaction("sign-in") as at:
        at.sessions.record_refused_sign_in("anna")
        at.sessions.record_refused_sign_in(None)
    with store.transaction("anna") as at:
        at.sessions.end("b" * 64)

    lines = list_audit(store)
    assert [action for _, action, _ in lines] == [
        "person_added",
        "signed_in",
        "signed_in",
        "sign_in_refused",
        "sign_in_refused",
        "signed_out",
    ]
    assert [detail for _, action, detail in lines if action == "sign_in_refused"] == [
        {"person": "anna", "known": True},
        {"person": "unknown", "known": False},
    ]
    assert not [secret for secret in ("argon2", "csrf-", "aaaa", "bbbb", "Anna B") if secret in repr(lines)]
    assert store.verify_audit().broken is None


def test_neither_a_hash_nor_a_token_is_printed(store, anna):
    with store.reading() as at:
        text = repr(at.sessions.find("a" * 64))

    assert "anna" in text and not [secret for secret in ("argon2", "csrf-a", "aaaa") if secret in text]
