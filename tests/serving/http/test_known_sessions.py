"""Are people told from strangers before the store is asked, for a minute and no longer?"""

from serving.http.known_sessions import _MAX_SESSIONS, KnownSessions


def cookie(text: str) -> dict:
    return {"headers": [(b"cookie", text.encode())]}


def test_a_session_is_known_for_a_minute_and_keeps_no_token():
    seconds = [0.0]
    known = KnownSessions(lambda: seconds[0])
    known.remember(cookie("__Host-leadlight=a token; other=1"), "anna")

    at_once = known.find(cookie("other=1; __Host-leadlight=a token"))
    seconds[0] = 60.0

    assert at_once == "anna" and known.find(cookie("__Host-leadlight=a token")) is None
    assert "a token" not in repr(vars(known))


def test_what_a_stranger_makes_up_is_known_to_nobody_and_fills_no_memory():
    known = KnownSessions(lambda: 0.0)
    for number in range(_MAX_SESSIONS + 50):
        known.remember(cookie(f"leadlight=t{number}"), "anna")

    assert known.find(cookie("leadlight=made up")) is None and known.find(cookie("leadlight=")) is None
    assert known.find(cookie("leadlight-mark=t1049")) is None
    assert len(known._people) == _MAX_SESSIONS and known.find(cookie("leadlight=t1049")) == "anna"
