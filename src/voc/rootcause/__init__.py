"""Why customers leave: landmarks, exposure windows, Mantel–Haenszel effects, multiplicity.

Pure statistics on numpy arrays: no files, no tables, no text. Read `design` first, then `effects`.
"""
