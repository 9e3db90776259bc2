"""Which database: the node's own SQLite file, or the PostgreSQL that KAOWU_DATABASE_URL names."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def database_from_url(url: str, sqlite_file: Path) -> dict[str, Any]:
    """Django's description of the database; an empty address means SQLite in `sqlite_file`."""
    if not url:
        return _sqlite(sqlite_file)
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "KAOWU_DATABASE_URL must look like postgresql://user:password@host:5432/name"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 12}, **dict(parse_qsl(parts.query))},
    }


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "kaowu.store.sqlite3",
        "NAME": str(file),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer takes its lock when it begins, so two of them wait for each other instead of failing half-way;
            # FULL makes a committed fact survive a power cut.
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,  # a busy machine may hold a writer up for long; nothing is lost by waiting
            "init_command": "PRAGMA synchronous=FULL; PRAGMA cache_size=-32000; "
            # What is deleted is overwritten in the file, not only given up (store/personal.py).
            "PRAGMA secure_delete=ON;",
        },
    }
