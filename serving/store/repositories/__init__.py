"""What can be read and written in one transaction? A repository for each thing stored."""
