"""A program that writes to a store and says on stdout what it has acknowledged, one line each. Killed or joined by the
tests.

``python -m tests.support.store_writer HOME DATABASE_URL NAME HOW_MANY``: lead after lead, each with its events, score,
message and answer in one transaction. Several names, separated by commas, are as many processes that write at once."""

import os
import resource
import signal
import sys
from pathlib import Path

from serving.errors import StoreUnavailable
from serving.settings import Settings
from serving.store.database.entities import Event, Lead, OutboxMessage, Score
from serving.store.store import Store


def write(store: Store, lead_id: str) -> None:
    """One request's worth."""
    with store.transaction("writer") as at:
        if at.idempotency.find_answer("writer", lead_id, b"body") is None:
            at.leads.put(Lead(lead_id, {"message": "x" * 500}))
            at.events.add(lead_id, [Event(at.now, "chat"), Event(at.now, "inbound_call")])
            at.scores.add(
                Score(
                    lead_id,
                    f"r-{lead_id}",
                    "b" * 64,
                    "3",
                    at.now,
                    0.25,
                    "B",
                    "normal",
                    shown={"reason_1": "Asked for an appointment"},
                )
            )
            at.outbox.add(OutboxMessage("hubspot", lead_id, {"score": 25}, lead_id))
            at.idempotency.save_answer("writer", lead_id, b"body", 201, "{}", [lead_id])


def main(home: str, url: str, name: str, how_many: str, most_bytes: str = "") -> None:
    """Write until done; with ``most_bytes``, until the disk is as good as full, and say so."""
    with Store.open(Settings(Path(home), database_url=url)) as store:
        if most_bytes:  # a file that cannot grow: what the system does to a full disk, without filling one
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), int(most_bytes)))
        for number in range(int(how_many)):
            try:
                write(store, f"{name}-{number}")
            except StoreUnavailable as fault:
                print(fault, flush=True)
                os._exit(3)
            print(f"{name}-{number}", flush=True)


def write_at_once(home: str, url: str, names: str, *rest: str) -> int:
    """Write in a process for each name; 0 when all of them ended well.

    They are forked from one that has imported everything and opened nothing: eight starts of Python take ten seconds.
    """
    children = []
    for name in names.split(","):
        child = os.fork()
        if child == 0:
            main(home, url, name, *rest)
            os._exit(0)
        children.append(child)
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    if "," in sys.argv[3]:
        sys.exit(write_at_once(*sys.argv[1:]))
    main(*sys.argv[1:])
