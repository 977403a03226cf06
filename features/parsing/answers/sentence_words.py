"""Is this answer a sentence about the answer rather than the answer: "still shopping for one", "carte oubliée"?

Lives here: words of sentences that no name of an insurer or a service has, in six languages.
Does not live here: texts made of remarks alone (``unknown_answers``), who pays (``payer_answers``).
"""

from features.parsing.answers.unknown_answers import fold_words

__all__ = ["reads_as_sentence"]

_SENTENCE_WORDS = frozenset(
    """i im ill ive we weve they theyll he hes she shes shell hell you youll me my her his their your who which what why
    when where whatever whichever whoever something anything everything will wont would can cant could should might
    maybe perhaps probably rather depends depending think thinks thinking thought believe guess knows remember find
    finding found out looking look check checking dig figure figuring doesnt dont didnt isnt wasnt havent hasnt arent
    not yet still just lost forgot forgotten later soon unclear unsure already currently middle moved moving shopping
    applied awaiting waiting pending starting starts started changing changed switching switched upload uploading send
    sending reach ask asking asked needs need paperwork approval tba tbd because until while though thru w with
    ich wir noch nicht weiss reiche vergessen unklar wechselt wechsle wechsel gerade spater folgt klare klaren kommt
    habe hab muss fragen frage welche weil wird bin
    yo estoy esta aun todavia recuerdo averiguo averiguare cambiando cambio tengo despues luego pregunto preguntare
    olvide olvidado quiza quizas creo sera
    je ne sais suis encore cours changement oublie oubliee cherche preciser verifier verrai dois vais
    so ancora devo controllare controllo verificare verifico dimenticata dimenticato cambiando forse credo
    nao lembro vou verificar ainda sei esqueci trocando mudando acho talvez depois estou""".split()
)


def reads_as_sentence(text: str) -> bool:
    """Return whether a text has a word of a sentence, so that it says something about an answer and is none.

    >>> [
    ...     reads_as_sentence(text)
    ...     for text in ("still shopping for one", "noch unklar", "Blue Cross of MA", "Root canal")
    ... ]
    [True, True, False, False]
    """
    return not _SENTENCE_WORDS.isdisjoint(fold_words(text).split())
