"""What the station says to people, in their language.

Each room keeps its own table, code -> (Russian, English); a sentence's `{names}` are filled in.
A refusal carries its code as well, so that a page can do more than show the sentence.
"""

import os
from collections.abc import Mapping
from typing import Literal

Language = Literal["ru", "en"]
Table = Mapping[str, tuple[str, str]]


def say(table: Table, code: str, language: Language, **values: object) -> str:
    """The sentence of that code; KeyError for a code the table does not have."""
    return table[code][language == "en"].format_map(values)


def console_language() -> Language:
    """What the terminal speaks, by its environment."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "ru" if (spoken or "").startswith("ru") else "en"


class Refusal(Exception):
    """Something is not done, and a person is told why: 4xx on the wire, a line on the console."""

    def __init__(self, table: Table, code: str, status: int = 422, **values: object) -> None:
        super().__init__(say(table, code, "en", **values))
        self.table, self.code, self.status, self.values = table, code, status, values

    def text(self, language: Language) -> str:
        """The sentence."""
        return say(self.table, self.code, language, **self.values)
