"""How does a raw value become a typed scalar: a text, number, yes or no, timestamp, phone number or e-mail address?"""
