"""Does one form bring more bookings than another, and which inquiries book more often than others?"""
