"""Normalising, segmenting, clauses and lexicons. Import the submodules; this one loads nothing."""
