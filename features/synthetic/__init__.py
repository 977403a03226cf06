"""What would a practice's history look like if we knew the truth behind it? An invented practice with the answer.

Lives here: an orthopedics and spine practice with five clinics around Dallas and Fort Worth, its inquiries in free
text, its call desk with limited capacity, its outcomes, and for every lead the probability from which the outcome was
drawn. Entry: ``generator.invent``.
Does not live here: anything a real practice needs. Nothing outside ``leadlight demo-data`` and the tests imports this
package.

One file per question: ``locations`` (where people live), ``seasonality`` and ``arrivals`` (when they inquire),
``persons`` (who they are), ``inquiries`` (what they ask, and where they say it), ``message_grammar`` (in which words),
``call_desk_simulation`` (who is called when), ``true_effects`` and ``ground_truth`` (how likely each one books),
``lead_outcomes`` (what then happened), ``event_log`` (which events the CRM recorded), ``crm_export`` (what its rows
look like), ``generator`` (all of it, and its files).

Planted on purpose, so that a careful user can find it:

* ``crm_status_note`` is a TRAP: staff write it mostly after the outcome, so it leaks the label. Training must name it
  as a leak suspect.
* The last two months DRIFT: the campaign ``fall_social_blast`` brings many poorer leads, chat replaces web forms, fewer
  people book.
* Leads of the campaign ``partner_list`` come from a bought list; some leads are spam, test traffic or duplicates; some
  are never called.
* The first visit of some leads came from elsewhere than their inquiry. It causes nothing, whatever share of the credit
  the usual rules of attribution give it.
* ``device`` has no effect on booking. Payers, ZIP codes and times stand partly in the columns and partly in the
  messages alone.

Phone numbers use the exchange 555, which is not assigned to people; e-mail addresses use example.com, example.org and
example.net.
"""
