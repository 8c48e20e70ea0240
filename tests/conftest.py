"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("voc", deadline=None)  # first calls read lexicons, and the machine may be busy
settings.load_profile("voc")
