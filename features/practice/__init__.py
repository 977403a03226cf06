"""A practice as frozen objects: clinics, services, payers, rules, queue policy. Reads no file."""
