"""What the cues of the lexicon say of each clause."""
