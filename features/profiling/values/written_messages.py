"""Do these texts read as what people wrote about themselves, whatever the header: sentences with "I" and "my"?

Lives here: telling such texts from choices of a list and from notes of the staff, in several languages.
Does not live here: headers of messages (``column_matching``, ``ambiguous_headers``), reading one (``features.text``).
"""

import re
from collections.abc import Sequence

import numpy as np

__all__ = ["are_sentences", "are_written_by_persons"]

_FEWEST_TEXTS = 20
_USUAL_WORDS = 5
_DISTINCT_SHARE = 0.5
_OWN_SHARE, _STAFF_SHARE = 0.25, 0.1
_BEGINNING = 2_000
"""Characters of a text that are looked at: its first lines show whose text it is, and a cell may have a megabyte."""
_OWN_WORDS = re.compile(
    r"\b(?:i|i'm|im|i've|i'd|me|my|mine|we|our|do you|can you|could you|would you|are you|"
    r"ich|mein\w*|mir|mich|wir|unser\w*|sie bitte|bieten sie|"
    r"je|j|mon|ma|mes|nous|vous|"
    r"quiero|quisiera|necesito|tengo|me|mi|mis|estoy|busco|ustedes|ofrecen|"
    r"quero|gostaria|preciso|meu|minha|estou|procuro|voces|vocês|"
    r"vorrei|ho|mio|mia|sono|cerco|"
    r"ik|mijn|wij|jullie|"
    r"chce|chcę|mam|moj|mój|moja|mnie|prosze|proszę|szukam|"
    r"istiyorum|benim|beni|bana|yapıyor musunuz|"
    r"jag|jeg|mig|meg|min|mitt|"
    r"я|мне|меня|мой|хочу)\b|tôi|mình|cho hỏi|θέλω|μπορώ|έχω|πονάω|μου|κάνετε|doresc|dori|doare|vreau|pot|faceți|"
    r"vă rog|caut|אני|שלי|אפשר|मुझे|मैं|मेर[ेीा]|"
    r"ครับ|ค่ะ|です|ます|ください|たい|أريد|عندي|لدي|كم سعر|我|吗|请|저는|제가|니다|나요|까요|세요|싶",
    re.IGNORECASE,
)
_STAFF_WORDS = re.compile(
    r"\b(?:lvm|lm|l/m|vm|pt|pts|ptn|called|cb|c/b|spoke|left (?:a )?(?:message|voicemail|vm)|no answer|n/a|"
    r"per (?:pt|patient|mom)|verified|emailed|texted|scheduled|rescheduled|fu|f/u|followed up|"
    r"states?|stated|advised|transferred|"
    r"angerufen|anrufversuch|telefonat|nicht erreicht|nicht erreichbar|mailbox|auf ab|ab besprochen|wiedervorlage|"
    r"mit pat\w* gesprochen|pat|ruft \D{0,20}\d{0,4}\D{0,5}zurück|"
    r"llamé|(?:se|le) (?:le )?llam[oó]|no contest[aóo]|no responde|buz[oó]n|dej[eéó] mensaje|pcte|"
    r"paciente (?:dice|indica|refiere|informa|va a|vai|diz|disse|informou)|"
    r"r?appelée?|répondeur|repondeur|message laissé|laissé (?:un )?message|ne répond pas|injoignable|"
    r"patiente? (?:joint|jointe|souhaite|indique|informée?)|"
    r"liguei|caixa postal|n[aã]o atende|n[aã]o atendeu|"
    r"chiamat[oa]|richiamat[oa]|segreteria|non risponde|lasciato messaggio|inviato preventivo|"
    r"paziente (?:ci|dice|chiede)|"
    r"gebeld|geen gehoor|ingesproken|teruggebeld|niet bereikt|patiënte? (?:denkt|belt|wil)|"
    r"arandı|ulaşılamadı|dzwonił\w*|nie odbiera|oddzwoni|ringt upp|svarar ej|svarar inte|"
    r"звонил\w*|не отвечает|не берет|недозвон|перезвонить)\b|"
    r"留守電|架電|不在でした|患者様|已致电|未接|已联系|부재중|통화함|통화 완료",
    re.IGNORECASE,
)
"""What staff note down about a call, in the languages of ``_OWN_WORDS`` that are met most."""
_TURNS = re.compile(r"^\W{0,3}[^\W\d][^\n:]{0,40}: ", re.MULTILINE)
_CJK = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")
_CJK_SENTENCE = 6


def are_sentences(texts: Sequence[str]) -> bool:
    """Return whether most of these texts have several words, and hardly one is there twice.

    >>> are_sentences([f"my tooth number {n} hurts badly" for n in range(30)]), are_sentences(["Implants"] * 30)
    (True, False)
    """
    if len(texts) < _FEWEST_TEXTS or len(set(texts)) < _DISTINCT_SHARE * len(texts):
        return False
    return float(np.median([_count_words(text) for text in texts])) >= _USUAL_WORDS


def are_written_by_persons(texts: Sequence[str]) -> bool:
    """Return whether texts are sentences of people about themselves, and not what staff noted about them.

    >>> are_written_by_persons([f"Hi, I need an appointment for my knee, {hour} pm" for hour in range(30)])
    True
    >>> are_written_by_persons([f"LVM, I called pt at {hour} about the knee visit" for hour in range(30)])
    False
    """
    if not are_sentences(texts):
        return False
    texts = [text[:_BEGINNING] for text in texts]
    # In the record of a chat the staff speak as well, and after the inquiry.
    if sum(len(_TURNS.findall(text)) > 1 for text in texts) > _STAFF_SHARE * len(texts):
        return False
    own = sum(_OWN_WORDS.search(text) is not None for text in texts)
    staff = sum(_STAFF_WORDS.search(text) is not None for text in texts)
    return own >= _OWN_SHARE * len(texts) and staff <= _STAFF_SHARE * len(texts)


def _count_words(text: str) -> int:
    """Count the words of a text; in a script without spaces, signs stand for words."""
    signs = len(_CJK.findall(text))
    return _USUAL_WORDS if signs >= _CJK_SENTENCE else len(text.split())
