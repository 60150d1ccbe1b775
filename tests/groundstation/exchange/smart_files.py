"""SMART files written out by hand, and what two of them mean in common."""

import io
import zipfile
from collections.abc import Mapping
from itertools import count
from typing import Any
from uuid import UUID

from lxml import etree

from groundstation.exchange.came import Names
from groundstation.exchange.smart.patrol import Employee, Label

NS = "http://www.smartconservationsoftware.org/xml/{}/patrol"

RICH = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    f'<ns2:patrol xmlns:ns2="{NS.format("1.3")}" patrolType="WATER" startDate="2026-03-01"'
    ' endDate="2026-03-03" isArmed="true" id="РЕЙД № 7">'
    "<ns2:objective><ns2:description>Устье &lt;Нарвы&gt;</ns2:description></ns2:objective>"
    '<ns2:team languageCode="ru" value="Опергруппа 1"/>'
    '<ns2:station languageCode="ru" value="Кордон"/>'
    '<ns2:legs startDate="2026-03-01" endDate="2026-03-02" id="1">'
    '<ns2:transportType languageCode="ru" value="Лодка"/>'
    '<ns2:members givenName="Иван" familyName="Тестов" employeeId="E1" isPilot="true"'
    ' isLeader="true"/>'
    '<ns2:members givenName="Пётр" familyName="Примеров" isPilot="false" isLeader="false"/>'
    '<ns2:days date="2026-03-01" startTime="08:00:00" endTime="17:30:00" restMinutes="45.0">'
    '<ns2:waypoints id="1" x="131.3" y="42.6" time="08:12:30" direction="271.5"'
    ' distance="120.0" comment="видно с воды">'
    '<ns2:attachments filename="stop.jpg"/>'
    '<ns2:attachments filename="sign.png" signatureTypeKey="ranger"/>'
    "<ns2:groups>"
    '<ns2:observations categoryKey="violation.snare.">'
    '<ns2:attachments filename="snare 1.jpg"/>'
    '<ns2:observer givenName="Иван" familyName="Тестов" employeeId="E1"/>'
    '<ns2:attributes attributeKey="count"><ns2:dValue>2.0</ns2:dValue></ns2:attributes>'
    '<ns2:attributes attributeKey="found"><ns2:sValue>2026-02-28</ns2:sValue></ns2:attributes>'
    '<ns2:attributes attributeKey="fresh"><ns2:bValue>false</ns2:bValue></ns2:attributes>'
    '<ns2:attributes attributeKey="action"><ns2:itemKey>seized</ns2:itemKey></ns2:attributes>'
    '<ns2:attributes attributeKey="told"><ns2:itemKey>police</ns2:itemKey>'
    "<ns2:itemKey>park</ns2:itemKey></ns2:attributes>"
    '<ns2:attributes attributeKey="species"><ns2:itemKey>deer.sika.</ns2:itemKey>'
    "</ns2:attributes>"
    '<ns2:attributes attributeKey="count"><ns2:dValue>3.5</ns2:dValue></ns2:attributes>'
    "</ns2:observations>"
    '<ns2:observations categoryKey="violation.camp."/>'
    "</ns2:groups><ns2:groups>"
    '<ns2:observations categoryKey="strange.thing."/>'
    "</ns2:groups></ns2:waypoints>"
    '<ns2:waypoints id="2" x="131.31" y="42.61" time="09:00:00"/>'
    '<ns2:waypoints id="1" x="131.4" y="42.7" time="10:00:00"><ns2:groups>'
    '<ns2:observations categoryKey="tiger.track."/></ns2:groups></ns2:waypoints>'
    "</ns2:days>"
    '<ns2:days date="2026-03-02" startTime="00:00:00" endTime="00:00:00" restMinutes="0.0"/>'
    '<ns2:mandate languageCode="ru" value="Охрана"/>'
    "</ns2:legs>"
    '<ns2:legs startDate="2026-03-03" endDate="2026-03-03" id="2"/>'
    "<ns2:comment>всё спокойно</ns2:comment>"
    '<ns2:attributes key="fuel" doubleValue="12.5"/>'
    '<ns2:attributes key="weather" stringValue="snow"/>'
    "</ns2:patrol>"
).encode()
"""Everything that version 1.3 can say, but a track."""

OLD = (
    f'<patrol xmlns="{NS.format("1.1")}" patrolType="GROUND" startDate="2012-05-04"'
    ' endDate="2012-05-04" isArmed="false" id="OLD_1">'
    '<mandate languageCode="en" value="Anti-poaching"/>'
    '<legs startDate="2012-05-04" endDate="2012-05-04" id="1">'
    '<days date="2012-05-04" startTime="08:00:00" endTime="12:00:00" restMinutes="0.0">'
    '<waypoints id="1" x="131.3" y="42.6" time="08:12:00">'
    "<attachments>IMG_1.JPG</attachments>"
    '<observations categoryKey="animals.live."><attributes attributeKey="number">'
    "<dValue>3.0</dValue></attributes></observations>"
    '<observations categoryKey="animals.sign."/>'
    "</waypoints></days></legs></patrol>"
).encode()
"""As versions before 1.3 had it: no groups, names of files as text, one mandate for all."""

MODEL = (
    '<DataModel xmlns="http://www.smartconservationsoftware.org/xml/1.1/datamodel">'
    '<languages><languages code="ru"/><languages code="en"/></languages>'
    "<attributes>"
    '<attribute key="count" isrequired="true" type="NUMERIC" iconkey="number">'
    '<aggregations aggregation="sum"/><qa_minmax><MinValue>0.0</MinValue></qa_minmax>'
    '<names language_code="ru" value="Число"/></attribute>'
    '<attribute key="action" isrequired="false" type="LIST">'
    '<names language_code="ru" value="Меры"/>'
    '<values key="seized" isactive="true"><names language_code="ru" value="Изъято"/></values>'
    '<values key="left" isactive="false"/></attribute>'
    '<attribute key="told" isrequired="false" type="MLIST"><values key="police" isactive="true"/>'
    "</attribute>"
    '<attribute key="species" isrequired="false" type="TREE"><tree key="deer" isactive="true">'
    '<children key="sika" isactive="true" iconkey="sika"/></tree></attribute>'
    '<attribute key="note" isrequired="false" type="TEXT"><qa_regex>[а-я]+</qa_regex>'
    "</attribute></attributes>"
    "<categories>"
    '<category key="violation" ismultiple="true" isactive="true">'
    '<names language_code="ru" value="Нарушение"/>'
    '<attributes isactive="true" attributekey="count"/>'
    '<category key="snare" ismultiple="false" isactive="true" iconkey="snare">'
    '<attributes isactive="false" attributekey="action"/></category></category>'
    "</categories></DataModel>"
).encode()


def meaning(raw: bytes) -> Any:
    """Element by element: name, fields, text, elements inside; without prefixes and indents."""
    return _meaning(etree.fromstring(raw))


def _meaning(element: Any) -> Any:
    name = etree.QName(element).localname
    fields = dict(element.attrib)
    return name, fields, (element.text or "").strip(), [_meaning(child) for child in element]


class Everybody:
    """Names behind the numbers and keys that stand for them while a file is read."""

    def __init__(self, names: Names) -> None:
        self._people = {number: employee for employee, number in names.people.items()}
        self._terms = {key: named.label for named, key in names.terms.items()}

    def employee(self, person: int) -> Employee:
        return self._people[person]

    def label(self, kind: str, key: str, language: str | None) -> Label:
        return self._terms[key]


def archive_of(documents: Mapping[str, bytes], attachments: Mapping[str, bytes]) -> bytes:
    """A ZIP as SMART makes it."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in documents.items():
            archive.writestr(name, body)
        for name, body in attachments.items():
            archive.writestr(f"attachments/{name}", body)
    return into.getvalue()


def numbered_ids() -> Any:
    """Fresh ids: 1, 2, 3."""
    numbers = count(1)
    return lambda: UUID(int=next(numbers))
