"""Disclosure control: what leaves the house cannot be traced back to a person."""
