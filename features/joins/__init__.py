"""How do other exports of a folder (a call log, an appointment list) become events and outcomes of leads?"""
