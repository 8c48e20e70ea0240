"""Chinese voice-of-customer toolkit with a privacy layer."""

__version__ = "0.1.0"
