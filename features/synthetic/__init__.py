"""What would a practice's history look like if we knew the truth behind it? An invented practice, generated, with the
answer kept.

Lives here: an orthopaedics and spine practice with five clinics around Dallas and Fort Worth, its enquiries in free
words, its call desk with limited capacity, its outcomes, and for every lead the probability from which the outcome was
drawn. Entry: ``world.invent``. Does not live here: anything a real practice needs. Nothing outside ``leadlight
demo-data`` and the tests imports this package.

One file per question: ``places`` (where people live), ``seasons`` and ``arrivals`` (when they enquire), ``people`` (who
they are), ``enquiries`` (what they ask, and where they say it), ``messages`` (in which words), ``desk`` (who is called
when), ``worth`` and ``truth`` (how likely each one books), ``course`` (what then happened), ``traces`` (what the CRM
saw of it), ``world`` (all of it, and its files).

Planted on purpose, so that a careful user can find it:

* ``crm_status_note`` is a TRAP: the staff write it mostly after the outcome, so it leaks the label. It must be named a
  leak suspect.
* The last two months DRIFT: the campaign ``fall_social_blast`` brings many poorer leads, chat replaces web forms, fewer
  people book.
* Leads of the campaign ``partner_list`` come from a bought list; some leads are spam, test traffic or duplicates; some
  are never called.
* ``device`` says nothing about booking. Payers, ZIP codes and times stand partly in the columns and partly in the
  messages alone.

Phone numbers use the exchange 555, which is not handed out to people; e-mail addresses use example.com, example.org and
example.net."""
