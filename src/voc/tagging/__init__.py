"""Complaint tags, sentiment, intent and severity of masked text. Import the submodules.

This one loads nothing.
"""
