"""Does a table in a file read Spanish, with its numbers and names as they are?"""

import pytest

from serving.desk.translation.table_translation import translate_sentence, translate_table
from serving.desk.translation.translator import load_translator
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Column, FigureTable
from serving.insights.sentences.sentence import Sentence


@pytest.fixture(scope="module")
def spanish():
    return load_translator("es", section="insights")


def test_texts_are_translated_and_numbers_and_names_are_not(spanish):
    columns = (
        Column("channel", "Channel", "text", "The channel of the inquiry."),
        Column("rate", "Booking rate", "share", "In the later half."),
    )
    rows = (("Open", Estimate(0.5, 0.4, 0.6)), ("All leads", cannot_tell("none of its inquiries is old enough")))
    table = FigureTable("t", "Records to refresh", columns, rows, ("Before the next call.",))

    translated = translate_table(table, spanish, frozenset({"Open"}))

    assert translated.title == "Registros por actualizar" and translated.notes == ("Antes de la próxima llamada.",)
    assert translated.rows[0] == ("Open", Estimate(0.5, 0.4, 0.6))
    assert translated.rows[1][0] != "All leads" and translated.rows[1][1].reason != rows[1][1].reason
    assert [column.name for column in translated.columns] == ["channel", "rate"]


def test_a_sentence_keeps_what_it_rests_on(spanish):
    sentence = Sentence("No source has gone silent.", "Nothing to check.", "within chance", "silence", (3,))

    translated = translate_sentence(sentence, spanish, frozenset())

    assert translated.claim != sentence.claim and translated.advice != sentence.advice
    assert (translated.evidence, translated.people) == ("silence", (3,))
