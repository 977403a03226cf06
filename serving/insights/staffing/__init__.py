"""What would one more person on the phones bring, by half hour? A model of the queue on the practice's own calls."""
