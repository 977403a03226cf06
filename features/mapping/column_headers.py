"""Under which headers do exports carry a column of the leads? What ``leadlight inspect`` compares a header against.

Lives here: the headers of each column, in lower case with single spaces. Does not live here: what a column means
(``features.schema``), headers of one product (``products``), comparing them (``features.profiling.column_matching``).
"""

__all__ = ["COLUMN_HEADERS"]

_HEADERS = {
    "lead_id": "lead id, id, record id, prospect id, lead number, enquiry id, contact id, appointment id",
    "person_id": "person id, patient id, contact id, customer id, account id, client id",
    "created_at": (
        "created, created at, create date, created date, date created, createdon, created on, lead created, enquiry "
        "date, inquiry date, submitted at, timestamp, scheduled day"
    ),
    "practice": "practice, practice name, practice id, practice group member",
    "channel": "channel, lead origin, origin, original source type, contact type, lead type",
    "source": (
        "source, lead source, leadsource, utm source, original source, traffic source, first touch source, lead src, "
        "src, marketing source, quelle, herkunft, fuente, fonte, origen, origine, how did you hear about us, how did "
        "you hear of us, where did you hear about us, how did you first hear about us, how did you find us, where "
        "did you find us, how did you find out about us, how did you learn about us, how did you come across us, how "
        "did you discover us, how did you find our practice, how did you hear about our practice, how did you hear "
        "about our office, how you heard about us, heard about us, hear about us, how heard, how they heard about "
        "us, hdyhau, how did they hear about us, how found us, referral source, patient referral source, como nos "
        "conocio, como nos encontro, como nos conociste, como nos encontraste, como se entero de nosotros, como supo "
        "de nosotros, como escucho de nosotros, como oyo de nosotros, donde nos encontro, donde nos conocio, donde "
        "escucho de nosotros, medio de contacto, wie haben sie uns gefunden, wie sind sie auf uns aufmerksam "
        "geworden, wie haben sie von uns erfahren, comment nous avez vous connus, comment nous avez vous connu, "
        "comment avez vous entendu parler de nous, comment nous avez vous trouves, como nos conheceu, como nos "
        "encontrou, come ci ha conosciuto, come ci hai conosciuto, come ci ha trovato, hoe heeft u ons gevonden, hoe "
        "kent u ons, found us via, found us through, lead came from, ad source, источник, zrodlo, zdroj, kaynak, "
        "kalla, kilde, 来源, 流入経路, 유입경로"
    ),
    "campaign": "campaign name, utm campaign, ad campaign, campaign id",
    "landing_page": "landing page, first page seen, entry page, page url",
    "service_requested": (
        "service, service requested, procedure, treatment, specialty, reason for visit, interested in, product, "
        "service interest, service of interest, services of interest, requested service, type of service, servicio, "
        "servicio de interes, servicio solicitado, visit type, type of visit, type of care, treatment of interest, "
        "procedure of interest, treatment requested, requested treatment, tratamiento, tratamiento solicitado, "
        "leistung, wunschleistung, behandlung, wunschbehandlung, behandlungswunsch, prestazione, "
        "prestazione richiesta, prestation, procedimento, procedimiento, tratamento"
    ),
    "message": (
        "message, comments, comment, notes from lead, enquiry, inquiry, question, description, form message, how can "
        "we help you, how can we help, first message, initial message, opening message, your message, message text, "
        "message body, patient message, visitor message, customer message, lead message, inquiry details, inquiry "
        "message, enquiry details, additional comments, your comments, your question, anything else, anything else we "
        "should know, notes from caller, notes from patient, mensaje, su mensaje, nachricht, ihre nachricht, "
        "messaggio, mensagem, bericht, meddelande"
    ),
    "preferred_clinic": "preferred clinic, clinic, location, preferred location, office, site",
    "postal_code": (
        "postal code, zip, zip code, zipcode, postcode, post code, mailing zip, billing zip, "
        "address zip postal code, address postal code, address zip, zip postal code, postal, zip postal, "
        "mailing zip postal code, "
        "billing zip postal code, shipping zip postal code, primary zip postal code, mailing postal code, "
        "billing postal code, home zip, home zip code, home postcode, patient zip, patient zip code, your zip, "
        "your zip code, your postcode, your postal code, what is your zip code, what is your postcode, "
        "what is your postal code, plz, postleitzahl, codigo postal, code postal, codice postale, cep, "
        "postnummer, postnr, kod pocztowy, cap"
    ),
    "latitude": "latitude, lat",
    "longitude": "longitude, lon, lng, long",
    "phone": (
        "phone, phone number, mobile, mobile phone, cell, telephone, tel, person phone, contact phone, contact phone "
        "number, best phone, best phone number, your phone, your phone number, cell phone, cell phone number, "
        "telephone number, phone no, telefon, telefonnummer, handy, telefono, numero de telefono, celular"
    ),
    "email": (
        "email, e mail, email address, mail, person email, contact email, contact email address, your email, your "
        "email address, e mail address, e mail adresse, email adresse, correo, correo electronico, courriel"
    ),
    "preferred_contact": "preferred contact, preferred contact method, contact preference",
    "preferred_time": "preferred time, best time to call, contact time",
    "relation": "relation, relationship, relationship to patient, asking for",
    "referrer": "referrer, referred by, referring provider, referring physician, referring doctor, referral source, "
    "patient referral source",
    "referral_reason": "referral reason, reason for referral",
    "payer": (
        "payer, payor, insurance, insurer, insurance carrier, insurance provider, insurance company, insurance name, "
        "primary insurance, primary insurance name, your insurance, which insurance do you have, what insurance do "
        "you have, ins, ins co, ins carrier, ins plan, health plan, insurance plan, insurance type, primary payer, "
        "primary payor, "
        "versicherung, krankenversicherung, krankenkasse, kasse, kostentrager, aseguradora, seguro, seguro medico, "
        "compania de seguros, mutua, obra social, assurance, mutuelle, assicurazione, convenio, plano de saude, "
        "verzekering, zorgverzekeraar, forsakring, carrier, primary ins, versicherungstrager, versicherer, "
        "primary carrier, insurer name, patient case payer, case payer, payer name, aseguradora medica"
    ),
    "age_band": "age band, age group, age range",
    "existing_patient": "existing patient, current patient, returning patient, is patient",
    "timeframe": "timeframe, time frame, when, desired timeframe, how soon, timeline, desired timeline",
    "do_not_contact": "do not contact, do not call, opted out, opt out, unsubscribed",
    "earlier_enquiries": "earlier enquiries, earlier inquiries, previous enquiries",
}

COLUMN_HEADERS = {column: tuple(headers.split(", ")) for column, headers in _HEADERS.items()}
"""Column of the leads -> the headers of it; a column that exports call by our own name alone has none."""
