"""The only package that speaks SQL: what is true now (SQLAlchemy) and what happened (DuckDB)."""
