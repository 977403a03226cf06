"""Are texts of people about themselves told from choices of a list, notes of staff and records of a chat?"""

import pytest

from features.profiling.values.written_messages import are_sentences, are_written_by_persons

OWN = {
    "English": "Hi, could I come in about my knee, day {n} suits",
    "German": "Guten Tag, ich habe seit {n} Tagen Schmerzen im Knie",
    "French": "Bonjour, je voudrais un rendez-vous dans {n} jours",
    "Spanish": "Buenos días, necesito una cita en {n} días por favor",
    "Portuguese": "Bom dia, preciso de uma consulta em {n} dias",
    "Dutch": "Goedemorgen, ik wil graag over {n} dagen langskomen",
    "Polish": "Dzień dobry, mam ból od {n} dni i proszę o wizytę",
    "Turkish": "Merhaba, {n} gündür ağrım var randevu istiyorum lütfen",
    "Japanese": "{n}日前から膝が痛いです",
    "Chinese": "我的膝盖疼了{n}天想预约",
    "Korean": "무릎이 {n}일째 아파서 진료 예약하고 싶어요 부탁드려요",
    "Hebrew": "שלום אני רוצה לקבוע תור בעוד {n} ימים",
    "Arabic": "مرحبا أريد حجز موعد بعد {n} أيام من فضلك",
}


@pytest.mark.parametrize("language", OWN)
def test_what_people_write_about_themselves_is_known_in_their_language(language):
    assert are_written_by_persons([OWN[language].format(n=n) for n in range(40)])


@pytest.mark.parametrize(
    "text",
    [
        "Called pt {n} times, LVM, I will try again tomorrow",
        "Spoke w/ pt on day {n}, she wants implants, my callback is set",
        "Knee MRI for a new patient, visit number {n}",
        "Ann: I need an appointment in {n} days\nDesk: Hello, how can we help you\nAnn: my knee",
    ],
)
def test_notes_of_staff_and_records_of_a_chat_are_no_message(text):
    assert not are_written_by_persons([text.format(n=n) for n in range(40)])


def test_few_texts_choices_and_short_answers_prove_nothing():
    assert not are_sentences(["I need an appointment for my knee"] * 40)
    assert not are_sentences([f"knee {n}" for n in range(40)])
    assert not are_written_by_persons([OWN["English"].format(n=n) for n in range(5)])


@pytest.mark.parametrize(
    "notes",
    [
        ("Pat. angerufen, auf AB gesprochen, wir versuchen es {} wieder", "Nicht erreicht, wir melden uns um {} Uhr"),
        ("Llamé a las {} y no contesta, me dejó buzón", "Se llamó {} veces, no responde, mi compañera sigue"),
        ("Appelé à {}h, répondeur, je rappelle demain", "Message laissé {} fois, je relance la semaine prochaine"),
        ("Liguei às {}h, caixa postal, minha colega tenta amanhã", "Não atende, liguei {} vezes, estou tentando"),
        ("Chiamato alle {}, non risponde, ho lasciato messaggio", "Segreteria alle {}, richiamo io domani, ho segnato"),
        ("Gebeld om {} uur, geen gehoor, ik bel morgen terug", "Voicemail ingesproken om {} uur, wij proberen later"),
    ],
    ids=["German", "Spanish", "French", "Portuguese", "Italian", "Dutch"],
)
def test_notes_of_the_staff_are_no_message_although_staff_say_i_and_we(notes):
    assert not are_written_by_persons([notes[number % 2].format(number) for number in range(60)])


def test_only_the_beginning_of_a_long_text_counts():
    noise = "lorem " * 2_000

    assert are_written_by_persons([f"My knee {number} hurts, {noise} LVM" for number in range(30)])
    assert not are_written_by_persons([f"{noise} my knee {number} hurts" for number in range(30)])
