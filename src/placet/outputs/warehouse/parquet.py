"""Writes warehouse rows as one Parquet file, by arro3 (the extra `placet[parquet]`)."""

from io import BytesIO
from typing import Any, Final

from placet.outputs.warehouse.tables import TABLES, Column, ColumnType

MISSING: Final = "Parquet files need the extra: pip install 'placet[parquet]'"


class NoParquet(Exception):
    """The extra `placet[parquet]` is not installed."""


def written(table: str, rows: list[tuple[Any, ...]]) -> bytes:
    """The rows of one table as a file, compressed. Raises NoParquet."""
    try:
        from arro3.core import Schema, Table
        from arro3.io import write_parquet
    except ImportError:
        raise NoParquet(MISSING) from None
    columns = TABLES[table]
    fields = [field_of(column) for column in columns]
    arrays = [array_of(column, [row[at] for row in rows]) for at, column in enumerate(columns)]
    file = BytesIO()
    write_parquet(Table.from_arrays(arrays, schema=Schema(fields)), file, compression="zstd(3)")
    return file.getvalue()


def type_of(column: Column) -> Any:
    """The column's type: times are UTC milliseconds, all others text."""
    from arro3.core import DataType

    return DataType.timestamp("ms", tz="UTC") if column.type is ColumnType.TIME else DataType.utf8()


def field_of(column: Column) -> Any:
    """The column as a named Arrow field."""
    from arro3.core import Field

    return Field(column.name, type_of(column), nullable=not column.required)


def array_of(column: Column, values: list[Any]) -> Any:
    """The column's values as an Arrow array."""
    from arro3.core import Array, DataType

    if column.type is ColumnType.TIME:
        return Array(values, DataType.int64()).cast(type_of(column))
    return Array(values, type_of(column))
