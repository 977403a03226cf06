"""What do figures read in another language in a file? The texts of their tables and sentences, with no name translated.

Lives here: tables and sentences of the insights in a language. Does not live here: the texts (``translator``), whole
pages, which are translated on their way out (``templates``).
"""

from collections.abc import Set
from dataclasses import replace

from serving.desk.translation.translator import Translator
from serving.insights.estimates import Unknown, cannot_tell
from serving.insights.figure_tables import Cell, FigureTable
from serving.insights.insight_report import InsightReport
from serving.insights.sentences.sentence import Sentence

__all__ = ["translate_report", "translate_sentence", "translate_table"]


def translate_table(table: FigureTable, translator: Translator, names: Set[str]) -> FigureTable:
    """Return a table with its texts in another language; numbers, and the names of its columns, stay as they are.

    Parameters
    ----------
    names : set of str
        Names of the practice's data, which are nobody's words to translate.
    """

    def translate(text: str) -> str:
        return text if text in names else translator.translate(text, names) or text

    def translate_cell(cell: Cell) -> Cell:
        if isinstance(cell, str):
            return translate(cell)
        return cannot_tell(translate(cell.reason)) if isinstance(cell, Unknown) else cell

    columns = [
        replace(column, heading=translate(column.heading), definition=translate(column.definition))
        for column in table.columns
    ]
    return replace(
        table,
        title=translate(table.title),
        columns=tuple(columns),
        rows=tuple(tuple(map(translate_cell, row)) for row in table.rows),
        notes=tuple(map(translate, table.notes)),
    )


def translate_sentence(sentence: Sentence, translator: Translator, names: Set[str]) -> Sentence:
    """Return a sentence of the summary in another language."""
    claim, advice, figure = (
        translator.translate(text, names) or text for text in (sentence.claim, sentence.advice, sentence.figure)
    )
    return replace(sentence, claim=claim, advice=advice, figure=figure)


def translate_report(report: InsightReport, translator: Translator | None) -> InsightReport:
    """Return a report with its tables, sentences and doubts in another language; itself without a translator."""
    if translator is None:
        return report
    names = report.own_names
    return replace(
        report,
        tables={name: translate_table(table, translator, names) for name, table in report.tables.items()},
        sentences=tuple(translate_sentence(sentence, translator, names) for sentence in report.sentences),
        more_sentences=tuple(translate_sentence(sentence, translator, names) for sentence in report.more_sentences),
        doubts=tuple(
            replace(doubt, text=translator.translate(doubt.text, names) or doubt.text) for doubt in report.doubts
        ),
    )
