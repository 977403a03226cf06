"""Does one form bring more bookings than another, and which enquiries book more often than others?"""
