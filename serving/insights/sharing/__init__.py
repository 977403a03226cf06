"""What may leave the house? Figures without people, and without numbers of so few that they would tell of them."""
