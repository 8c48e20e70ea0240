"""Complaint tags, sentiment, intent and severity of masked text. Import the submodules; this one loads nothing."""
