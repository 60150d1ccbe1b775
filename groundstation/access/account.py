"""Somebody who is signed in, a machine with a key, or whoever sits at the station's console."""

from dataclasses import dataclass

from groundstation.access.roles import RIGHTS, May, Role, Scope
from groundstation.words import Language


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks."""

    login: str
    """Also who is named in histories and in the audit log."""
    name: str
    role: Role
    account: int | None = None
    """Row of the accounts; None: the console, or a machine."""
    person: int | None = None
    """Which of the people they are."""
    team: str | None = None
    language: Language = "ru"
    key: int | None = None
    """Row of the machine keys; None: no machine."""

    @property
    def is_console(self) -> bool:
        """Whoever has a shell on the station could read the database file as well."""
        return self.account is None and self.key is None

    def may(self, what: May) -> bool:
        """Whether their role allows it; the console may everything."""
        return self.is_console or what in RIGHTS[self.role].may

    @property
    def scope(self) -> Scope:
        """Whose raids they read and file."""
        return Scope.ALL if self.is_console else RIGHTS[self.role].scope


def console(user: str) -> Account:
    """For commands run on the station itself."""
    return Account(f"console:{user}", user, Role.ADMINISTRATOR)
