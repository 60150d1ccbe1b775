"""Somebody who is signed in, or sits at the station's console."""

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
    """Row of the accounts; None: the console."""
    person: int | None = None
    """Which of the people they are."""
    team: str | None = None
    language: Language = "ru"

    def may(self, what: May) -> bool:
        """Whether their role allows it; the console may everything."""
        return self.account is None or what in RIGHTS[self.role].may

    @property
    def scope(self) -> Scope:
        """Whose raids they read and file."""
        return Scope.ALL if self.account is None else RIGHTS[self.role].scope


def console(user: str) -> Account:
    """Whoever has a shell on the station could read the database file as well."""
    return Account(f"console:{user}", user, Role.ADMINISTRATOR)
