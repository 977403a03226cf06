"""Does a service that a practice offers help to read that a procedure is named? Fourteen practices, each of a field."""

import numpy as np
import pytest

from features.practice.practice import Service
from features.text.label_reader import LabelReader
from tests.support.message_readers import build_message_reader

PRACTICES = {
    "cardiology": ("Holter monitor", "do you do the zio patch thing", ("zio patch",)),
    "dermatology": ("Mole mapping", "is there a wait for mole mapping", ()),
    "dental": ("Clear aligners", "are straightteeth trays any good for grownups", ("straightteeth trays",)),
    "gastroenterology": ("Capsule camera", "can I still swallow the capsule camera with braces", ()),
    "urology": ("Rezum", "my neighbor raves about rezum, thoughts?", ()),
    "neurology": ("Nerve study", "does the nerve study hurt", ()),
    "ophthalmology": ("Dry eye lipiflow", "lipiflow yes or no", ("lipiflow",)),
    "orthopedics": ("Ganglion aspiration", "how long is a ganglion aspiration", ()),
    "pediatrics": ("Sports physical", "anything open for sports physicals in may", ("sports physicals",)),
    "psychiatry": ("Spravato", "who there does spravato", ()),
    "women's health": ("Mona Lisa Touch", "asking about the mona lisa touch", ()),
    "plastic": ("CoolTone", "two rounds of cooltone please", ()),
    "podiatry": ("Keryflex", "keryflex for an ugly nail?", ()),
    "sleep": ("Inspire", "is inspire something you people put in", ()),
}
LABELS = LabelReader.load_default()
PROCEDURE = LABELS.labels.index("procedure")


def read(message, *services):
    """The probabilities of a message at a practice with these services."""
    reader = build_message_reader(*services)
    return LABELS.read([message], reader.read_all([message], np.array(["2026-03-04"], "datetime64[D]"))).probability[0]


@pytest.mark.parametrize("field", PRACTICES)
def test_a_service_of_the_practice_raises_the_procedure_and_nothing_else(field):
    name, message, synonyms = PRACTICES[field]

    ours, elsewhere = read(message, Service(name, synonyms)), read(message)

    assert ours[PROCEDURE] > elsewhere[PROCEDURE]
    np.testing.assert_array_equal(np.delete(ours, PROCEDURE), np.delete(elsewhere, PROCEDURE))


@pytest.mark.parametrize("field", PRACTICES)
def test_a_message_that_names_no_service_reads_alike_at_every_practice(field):
    name, _, synonyms = PRACTICES[field]
    message = "please call me back after lunch"

    np.testing.assert_array_equal(read(message, Service(name, synonyms)), read(message))


def test_of_messages_that_name_a_service_some_are_read_otherwise():
    said = [
        [
            read(message, *services)[PROCEDURE] >= LABELS.threshold[PROCEDURE]
            for services in ((), (Service(name, also),))
        ]
        for name, message, also in PRACTICES.values()
    ]

    assert sum(with_service > without for without, with_service in said) >= 1
