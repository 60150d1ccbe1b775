"""How the benchmarks get into a ground station: a session and a key put into its database."""

from datetime import UTC, datetime

from groundstation.access.account import console
from groundstation.access.roles import Role
from groundstation.config import GroundSettings
from groundstation.store import accounts, keys, sessions
from groundstation.store.console import open_store, writing

AGENT = "benchmarks"
"""What a browser must call itself to use the session."""


def let_in(settings: GroundSettings) -> dict[str, str]:
    """Headers of an administrator and of a vehicle, for a station of those settings."""
    now, by = datetime.now(UTC), console("benchmarks")
    with open_store(settings) as engine, writing(engine) as connection:
        wanted = accounts.Wanted("Benchmark", Role.ADMINISTRATOR)
        account = accounts.add(connection, by, "benchmark", wanted, now).account
        accounts.put_password(connection, account, "nobody's")
        opened = sessions.open_session(connection, account, AGENT, now)
        _, secret = keys.add(connection, by, "benchmark", now)
    return {
        "User-Agent": AGENT,
        "Cookie": f"kedrovka_session={opened.token}",
        "X-Kedrovka-CSRF": opened.csrf,
        "Authorization": f"Bearer {secret}",
    }
