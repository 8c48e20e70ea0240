"""Disclosure control: what leaves the house, in tables of counts and in rows, cannot be traced back to a person."""
