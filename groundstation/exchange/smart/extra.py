"""What SMART's files say and our records have no field for: attributes whose key begins with @.

Nobody is asked them and no page shows them; they come back in the next export.
"""

import re
from collections.abc import Collection, Iterable

from groundstation.exchange.smart.patrol import Attachment
from groundstation.records.check import Asked
from groundstation.records.model import AttributeType

ATTACHMENTS = "@attachments"
"""Of a raid or an observation: files that did not come along, and signatures of all."""
AT_STOP = "@waypoint_attachments"
"""Of the first observation at a stop: the same of the stop."""
DATE = "@date"
"""Of an observation without a time: the day it stands under, ISO 8601."""
CATEGORY = "@category"
"""A category that is no category's key."""
PATROL_TYPE = "@patrolType"
"""A word that is none of SMART's three."""
NUMBER = "@id"
"""A number too long to be one."""
LANGUAGE = "@language"
"""Of a raid: in which its file named team, station and the rest; the next export uses it again."""
MAX_CATEGORY = 255
_HKEY = re.compile(r"(?:[^.\s]+\.)+")
SECOND = "#"
"""Between an attribute's key and the number of its value, where one came twice."""


def without_number(key: str, keys: Collection[str]) -> str:
    """The key that another of `keys` has already, without the number that sets it apart."""
    base, mark, number = key.rpartition(SECOND)
    return base if mark and number.isdecimal() and base in keys else key


def category_key(word: str) -> str | None:
    """The hkey, with the dot behind that some leave out; None for what can be none."""
    key = word if word.endswith(".") else f"{word}."
    return key if len(key) <= MAX_CATEGORY and _HKEY.fullmatch(key) else None


def is_extra(key: str) -> bool:
    """Whether it is one of these."""
    return key.startswith("@")


def attachments_text(attachments: Iterable[Attachment]) -> str:
    """One line each: the name, a tab and the signature's key where it is one."""
    lines = ("\t".join(filter(None, (a.name, a.signature))) for a in attachments)
    return "\n".join(lines)


def attachments_from(text: object) -> list[Attachment]:
    """The attachments of such a text."""
    lines = text.split("\n") if isinstance(text, str) else []
    parted = (line.partition("\t") for line in lines if line)
    return [Attachment(name, signature or None) for name, _, signature in parted]


def is_item(rules: Asked, attribute: str, item: str) -> bool:
    """Whether the attribute takes one key of a list or tree, and this is one."""
    of = rules.attributes.get(attribute)
    one = of is not None and of.type in (AttributeType.LIST, AttributeType.TREE)
    return one and item in rules.values[attribute]
