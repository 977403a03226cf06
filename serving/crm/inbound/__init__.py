"""Webhooks from CRMs: prove who sent them, read them, hand them on."""
