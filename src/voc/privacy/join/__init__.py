"""Private join: two companies count their common customers without showing each other who they are."""
