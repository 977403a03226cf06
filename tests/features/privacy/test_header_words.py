"""Does a header say that its column is about a person, in the languages and the dialects of CRMs?"""

import pytest

from features.privacy.column_judgement import judge_column
from features.privacy.header_words import split_header

NAMES = (
    "First Name|Last Name|Name|Full Name|Name (First)|Name (Last)|Name (Middle)|Name (Prefix)|Person - Name|"
    "full_name|first_name|FirstName|lastname|fname|lname|contact_name|Contact Name|Customer Name|Client Name|"
    "Patient Name|Patient Full Name|Caller Name|caller_name|Lead Name|Given Name|Family Name|Surname|Forename|"
    "Middle Initial|Maiden Name|Preferred Name|Nickname|Parent Name|Guardian Name|Spouse Name|"
    "Emergency Contact|Your Name|What is your name?|Nombre|Nombre completo|Apellidos|Primer apellido|Vorname|"
    "Nachname|Vor- und Nachname|Familienname|Prénom|Nom|Nom de famille|Nome|Sobrenome|Nome completo|Cognome|"
    "Naam|Voornaam|Achternaam|Contact: Full Name|yomifullname|Display Name|Recipient Name|Insured Name|"
    "Kontaktname|Kundenname|Primary Contact|姓名|联系人|氏名|お名前|이름|Фамилия|ФИО|Nazwisko|Imię i nazwisko|Příjmení|"
    "Förnamn|Etternavn|Sukunimi|Ονοματεπώνυμο|Nume|Họ tên|الاسم"
).split("|")
STAFF = (
    "Owner|Lead Owner|Record Owner|Contact owner|HubSpot Owner|Deal Owner|Owner Name|Owner Alias|"
    "hubspot_owner_id|Agent|Agent Name|Answering Agent|Assigned To|Assigned User|Assigned Rep|Assignee|Rep|"
    "Sales Rep|Sales Representative|Salesperson|Counselor|Counsellor|Intake Coordinator|Created By|"
    "Modified By|Last Modified By|Entered By|Taken By|Handled By|Booked By|Scheduler|Receptionist|Staff|"
    "Staff ID|Employee|Operator|CSR|Account Manager|Doctor|Physician|Treating Dentist|Bearbeiter|"
    "Sachbearbeiter|Zuständig|Betreuer|Mitarbeiter|Vendedor|Asesor|Responsable|Propietario|Atendente|"
    "Conseiller|Venditore|Responsabile|Medewerker|Verkoper|user_id|Team Member"
).split("|")
OTHERS = (
    "Email|E-mail Address|Phone|Mobile Phone|Caller ID|WhatsApp|Teléfono|Handynummer|Correo electrónico|"
    "Courriel|Street|Address (Street Address)|Mailing Street|Straße|Dirección|Indirizzo|Endereço|SSN (last 4)|"
    "MRN|Member ID|Policy Number|Date of Birth|DOB|Geburtsdatum|Fecha de nacimiento|Date de naissance|"
    "电话|電話番号|전화번호|Телефон|邮箱|地址|住所|出生日期|生年月日|身份证号|性别|年齢|"
    "IP Address|Username|Salutation|Anrede|Geschlecht|Edad|Sexo|Estado civil|Idioma"
).split("|")
NOT_ABOUT_A_PERSON = (
    "Campaign Name|Clinic Name|Company Name|Plan Name|Form Name|Ad Set Name|Service|City|State|Country|"
    "Address (City)|Mailing Postal Code|Billing State|Email Opt In|Do Not Call|Has Phone|Phone Type|"
    "Email Opened|Insurance Provider|Home Owner|Lead Source|Landing Page|utm_source|Page Views|Browser|"
    "Time of day|Assigned On|Payer|Product|Industry"
).split("|")


@pytest.mark.parametrize("header", NAMES)
def test_the_header_of_a_name_is_enough_where_no_list_has_the_names(header):
    assert judge_column(header, ["Qworzel Zibbert", "Zibbert", "Ploomf"] * 9).outcome == "personal"


@pytest.mark.parametrize("header", STAFF)
def test_staff_are_left_out_by_header_names_and_codes_alike(header):
    assert judge_column(header, ["AL", "BR", "user17"] * 9).outcome == "personal"


@pytest.mark.parametrize("header", OTHERS)
def test_contact_data_addresses_births_and_barred_subjects_are_left_out(header):
    assert judge_column(header, [f"qz{number}" for number in range(40)]).outcome == "personal"


@pytest.mark.parametrize("header", NOT_ABOUT_A_PERSON)
def test_a_header_that_only_resembles_one_convicts_nothing(header):
    assert judge_column(header, ["alpha", "beta", "gamma"] * 9).outcome == "nothing"


def test_a_yes_or_no_is_no_contact_data():
    assert judge_column("Email", ["yes", "no"] * 9).outcome == "nothing"


@pytest.mark.parametrize("header", ["PhOnE", "pHoNe", "PHONE", "Phone"])
def test_capitals_anywhere_do_not_split_a_word(header):
    assert split_header(header) == ("phone",)


def test_the_plural_of_an_abbreviation_is_one_word():
    assert split_header("Associated Contact IDs") == ("associated", "contact", "ids")
