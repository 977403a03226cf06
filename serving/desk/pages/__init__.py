"""What do people see of the desk, and who may see it?"""
