"""Which inquiries is a report about? Months, and filters by channel, clinic and service."""
