"""The models that ship with voc, and their registry."""
