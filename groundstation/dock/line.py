"""One line of the board while things happen to it: phase, progress with rate, and outcome."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from firmware_bridge.errors import BridgeError
from firmware_bridge.handheld.conversation import Event, Identified, Progress
from firmware_bridge.handheld.protocols import PROTOCOLS
from firmware_bridge.tracks import UnitIdentity
from groundstation.dock.board import Code, Docked, Kind, Phase, Said
from groundstation.dock.watch import Place
from groundstation.store.downloads import Download, Mark, Outcome
from groundstation.store.people import Person
from groundstation.store.units import Unit

SHOWN_FLAWS = 10
RATE_AFTER_S = 1.0
"""A rate measured over less is noise."""


class CannotClear(BridgeError):
    """Clearing a unit was refused, its memory left alone; the text says why."""


class NotConfirmed(BridgeError):
    """The unit was told to erase its memory and did not confirm; whether it did is not known."""


class Line:
    """Changed in the event loop only; `cancel` is for the thread that reads."""

    def __init__(self, at: Place, now_utc: datetime) -> None:
        self.at = at
        self.phase = Phase.IDENTIFYING
        self.since_utc = self.updated_utc = now_utc
        self.cancel = threading.Event()
        self.again = asyncio.Event()
        self.gone = False
        self.silences = 0
        """How often nobody answered."""
        self.identity: UnitIdentity | None = None
        self.unit: str | None = None
        """Key, once its contents have said which unit it is."""
        self.guessing: asyncio.Task[None] | None = None
        self.can_clear = False
        self._known: Unit | None = None
        self._person: Person | None = None
        self._step: Progress | None = None
        self._step_began: tuple[float, int] = (0.0, 0)
        self._heard_s = self._told_s = 0.0
        self._said: Said | None = None
        self._result: Outcome | None = None

    @property
    def shown_unit(self) -> str | None:
        """Key of the unit whose name is shown."""
        return self._known.unit if self._known else self.unit

    @property
    def number(self) -> tuple[str, str] | None:
        """Family and number, as the unit says them."""
        identity = self.identity
        if identity is None or identity.unit_id is None:
            return None
        return identity.family, identity.unit_id

    def heard(self, event: Event, now_s: float) -> bool:
        """Note an event; True when it said for the first time who the unit is."""
        if isinstance(event, Identified):
            first = self.identity is None
            self.identity = event.unit
            return first
        if isinstance(event, Progress):
            if self._step is None or self._step.kind != event.kind or event.done < self._step.done:
                self._step_began = now_s, event.done
            self._step, self._heard_s = event, now_s
        return False

    def due(self, every_s: float, now_s: float) -> bool:
        """Whether progress should be told again."""
        if now_s - self._told_s < every_s:
            return False
        self._told_s = now_s
        return True

    def name(self, unit: Unit | None, person: Person | None) -> None:
        """Which unit it is and whose."""
        self._known, self._person = unit, person

    def stored(self, came: Download, outcome: Outcome) -> None:
        """A download is on disk."""
        self._result = replace(outcome, flaws=list(outcome.flaws)[:SHOWN_FLAWS])
        family = PROTOCOLS.get(came.unit.family)
        whole = outcome.complaint is None and not outcome.lost
        counted = all(outcome.received.get(k) == n for k, n in outcome.announced.items())
        erasable = self.at.kind is Kind.PORT and family is not None and family.erase is not None
        self.can_clear = erasable and whole and counted

    def has_twin(self) -> bool:
        """Mark that another unit gives the same number; True when that is news."""
        result = self._result
        if result is None or Mark.SAME_NUMBER in result.marks:
            return False
        self._result = replace(result, marks=[*result.marks, str(Mark.SAME_NUMBER)])
        return True

    def check_clear(self) -> None:
        """Raises CannotClear with the reason, where there is one."""
        why = self._why_not()
        if why is not None:
            raise CannotClear(why)

    def _why_not(self) -> str | None:
        if self.phase not in (Phase.DONE, Phase.CLEARING):
            return f"the unit is not at rest: {self.phase}"
        if self.can_clear:
            return None
        result = self._result
        if result is None:
            return "nothing of this unit has been stored since it was docked"
        if result.lost or result.complaint is not None:
            return f"not everything arrived: {result.complaint or f'{result.lost} records lost'}"
        if self._said is not None and self._said.code is Code.CLEARED:
            return "it has been cleared already"
        return "units of this family cannot be erased from here"

    def say(
        self,
        phase: Phase,
        now_utc: datetime,
        code: Code | None,
        values: Mapping[str, int | str],
        keep_said: bool,
    ) -> None:
        """Go into a phase."""
        if phase is Phase.IDENTIFYING:
            self.cancel.clear()
            self._step = None
        self.phase, self.updated_utc = phase, now_utc
        if not keep_said:
            self._said = None if code is None else Said(code, dict(values))

    def shown(self) -> Docked:
        """The line as others see it."""
        known, identity, step = self._known, self.identity, self._step
        rate, left = self._rate()
        reads = self.phase in (Phase.READING, Phase.CLEARING)
        return Docked(
            place=self.at.path,
            kind=self.at.kind,
            phase=self.phase,
            since_utc=self.since_utc,
            updated_utc=self.updated_utc,
            unit=self.shown_unit,
            family=identity.family if identity else None,
            number=identity.unit_id if identity else None,
            model=identity.model if identity else None,
            label=known.label if known else None,
            person=self._person.person if self._person else None,
            person_name=self._person.name if self._person else None,
            step=step.kind if step else None,
            done=step.done if step else None,
            total=step.total if step else None,
            rate_per_s=rate if reads else None,
            seconds_left=left if reads else None,
            said=self._said,
            result=self._result,
            can_clear=self.can_clear and self.phase is Phase.DONE,
        )

    def _rate(self) -> tuple[float | None, float | None]:
        step = self._step
        if step is None:
            return None, None
        began_s, began = self._step_began
        seconds = self._heard_s - began_s
        if seconds < RATE_AFTER_S or step.done <= began:
            return None, None
        rate = (step.done - began) / seconds
        left = None if step.total is None else max(0.0, (step.total - step.done) / rate)
        return round(rate, 1), None if left is None else round(left, 1)
