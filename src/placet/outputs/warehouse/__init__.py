"""Warehouse tables and Parquet files."""
