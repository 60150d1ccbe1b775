"""What every table is made of."""

from sqlalchemy import BigInteger, Integer, MetaData

METADATA = MetaData()
ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts rows by itself only in a column of type INTEGER."""
