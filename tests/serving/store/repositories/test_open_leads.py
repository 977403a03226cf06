"""Are the leads that somebody should call those that the desk shows, also after a lead was closed and reopened?"""

from datetime import timedelta

from serving.store.database.entities import DeskStep, Outcome


def list_both(store, clock) -> tuple[list[str], list[str]]:
    """Which leads are rescored, and which the desk shows."""
    since = clock.now - timedelta(days=30)
    with store.reading() as at:
        return (
            [lead.lead_id for lead in at.open_leads.list_open(since)],
            [row.lead_id for row in at.queue_rows.read_all(since)],
        )


def add_step(store, kind: str, undoes: int | None = None) -> int:
    with store.transaction() as at:
        return at.desk.add(DeskStep("L-1", "anna", kind, {}, undoes))


def test_a_closed_lead_is_open_once_it_is_reopened_until_that_is_undone(store, ann, clock):
    shown = [list_both(store, clock)]
    with store.transaction() as at:
        at.outcomes.add("L-1", Outcome(clock.now, "lost", reason="price"))
    shown.append(list_both(store, clock))
    clock.forward(hours=1)
    number = add_step(store, "back")
    shown.append(list_both(store, clock))
    add_step(store, "undo", number)
    shown.append(list_both(store, clock))
    clock.forward(hours=1)
    add_step(store, "back")
    shown.append(list_both(store, clock))

    is_open = (["L-1"], ["L-1"])
    assert shown == [is_open, ([], []), is_open, ([], []), is_open]
