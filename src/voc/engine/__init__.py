"""Runs stages over a stream of record batches: workers, order, progress, checkpoints.

`voc.engine.local.run` is the way in. Importing this package costs nothing.
"""
