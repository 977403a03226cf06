"""How does a raw value become a typed scalar: text, number, yes/no, timestamp, phone number, e-mail address?"""
