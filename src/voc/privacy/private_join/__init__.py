"""Two companies count the persons they share without showing each other who they are.

`group` is the mathematics (Curve25519), `protocol` the three messages, `letters` their files.
"""
