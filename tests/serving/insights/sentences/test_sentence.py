"""Does a sentence about few people, or about a hidden cell, stay in the house?"""

from serving.insights.figure_tables import HIDDEN, Column, FigureTable
from serving.insights.sentences.sentence import Sentence


def test_a_sentence_about_few_people_stays_in_the_house():
    assert Sentence("a", "b", "c", "d", (40, 11)).may_leave_the_house
    assert not Sentence("a", "b", "c", "d", (40, 10)).may_leave_the_house


def test_a_sentence_tells_what_its_cells_hide():
    columns = (Column("name", "Name", "text", "d"), Column("leads", "Leads", "count", "d", counts_people=True))
    sentence = Sentence("a", "b", "c", "t", cells=(("x", "leads"),))

    assert sentence.tells_hidden({"t": FigureTable("t", "T", columns, (("x", HIDDEN),))})
    assert not sentence.tells_hidden({"t": FigureTable("t", "T", columns, (("x", 40),))})
