"""Webhooks from CRMs: verify the sender, parse the request, hand the lead over."""
