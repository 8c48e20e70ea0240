"""Runs text stages on a Spark cluster, with the very same functions as on one machine.

`voc.engine.spark.pool` takes the place of the local process pool: any input, order kept, the same bytes.
`voc.engine.spark.tables` lets the executors read and write large tables themselves (Parquet folders, Hive).
PySpark is imported only when a session is opened.
"""
