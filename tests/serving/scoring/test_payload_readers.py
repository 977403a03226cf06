"""Does each way in read its own columns, by readers that are made once?"""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

from serving.scoring.payload_readers import PayloadReaders

BUNDLE = SimpleNamespace(practice=SimpleNamespace(zone=ZoneInfo("America/New_York")), mapping=None)
LEAD = {
    "lead_id": "L1",
    "channel": "web form",
    "phone": "617-555-0123",
    "payer": "Aetna",
    "custom": {"Tier": "gold", "Shoe size": 9},
    "events": [{"occurred_at": "2026-03-04T10:00:00Z", "kind": "chat"}],
}


def test_each_way_in_reads_its_own_columns():
    readers = PayloadReaders.of(BUNDLE, {"channel": "category", "custom:Tier": "category"})

    converted = {name: reader.read(LEAD)[0].keys() - {"lead_id", "events"} for name, reader in vars(readers).items()}

    assert converted == {
        "scored": {"channel", "phone", "custom:Tier"},
        "model": {"channel", "custom:Tier"},
        "kept": {"channel", "phone", "payer", "custom:Tier"},
        "events": set(),
    }


def test_a_model_cannot_change_the_kind_of_our_own_column():
    readers = PayloadReaders.of(BUNDLE, {"existing_patient": "text"})

    assert readers.kept.read({"existing_patient": "yes"})[0] == {"existing_patient": 1.0}
    assert readers.model.read({"existing_patient": "yes"})[0] == {"existing_patient": "yes"}


def test_an_engine_makes_its_readers_and_its_silent_twin_once(engine):
    assert engine.readers is engine.readers
    assert engine.without_log is engine.without_log and engine.without_log.log is None
