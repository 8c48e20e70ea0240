"""Finds and masks personal information: recognisers, engine, policy, pseudonyms, the masking stage."""
