"""The hub on Apache Spark: the session, the sources, and what a build there needs beside dbt.

The models, tests and macros are those of Postgres. What is here takes the place of what only a
database server can do. pyspark is of an extra, so that nothing else may import from here first.
"""
