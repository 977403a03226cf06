"""Can the people who sign in be logged without a secret of theirs?"""

from serving.store.database.user_entities import Session, User
from tests.serving.conftest import AT


def test_no_secret_is_in_what_is_printed():
    user = User("anna", "Anna", "desk", "$argon2id$secret", AT)
    session = Session("token-hash-secret", "anna", "csrf-secret", AT, AT, AT)

    assert "secret" not in repr(user) + repr(session)
    assert "anna" in repr(user) and "anna" in repr(session)
