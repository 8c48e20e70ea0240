"""What the tagger of people and places learns from and is scored on."""
