"""Disclosure control: what may leave in tables and reports without pointing at a person.

`suppression` protects tables of counts, `anonymity` measures rows, `grade` names the result, `noise` and
`budget` publish with differential privacy.
"""
