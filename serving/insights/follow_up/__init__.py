"""Following up: when is another try worth it, and whose record has to be refreshed first?"""
