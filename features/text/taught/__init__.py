"""What did approved examples teach about the words of messages? A practice's own changes of the learned weights."""
