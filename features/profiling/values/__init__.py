"""What do the values of a column, or of all rows, read like, whatever the headers say?"""
