"""Names and places by a small network that ships with voc, and by models that a user has installed."""
