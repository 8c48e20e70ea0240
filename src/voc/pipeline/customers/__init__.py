"""What the commands and steps on customers do."""
