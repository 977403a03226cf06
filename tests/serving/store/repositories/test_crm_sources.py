"""Do we know which CRM brought a lead, on both databases?"""

from serving.store.database.entities import Lead


def test_leads_are_found_by_the_crm_that_sent_them(store):
    with store.transaction() as at:
        for number, crms in enumerate((["hubspot"], ["generic"], ["salesforce", "generic"], [])):
            at.leads.put(Lead(f"L-{number}", {}))
            for crm in [*crms, *crms]:
                at.crm_sources.add(f"L-{number}", crm)

    with store.reading() as at:
        assert at.crm_sources.list_for("L-2") == ["generic", "salesforce"]
        found = at.crm_sources.find_leads(["L-0", "L-1", "L-2", "L-3", "gone"], {"hubspot", "salesforce"})
        assert found == {"L-0", "L-2"}
        assert at.crm_sources.find_leads(["L-1", "L-2"], ["hubspot"]) == at.crm_sources.find_leads([], ["hubspot"])
