"""Which marketing brought the people who booked, and how far can the data tell?"""
