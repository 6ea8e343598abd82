"""What people may write into a statement of use: words and sign-off by role and organisation, nobody's contact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from boundaries.errors import Fault

SECTIONS = ("introduction", "outcomes", "unallocated", "next")
NO_SIGN_OFF: Mapping[str, Any] = {"prepared_by_role": None, "agreed_on": None, "signatories": []}
LONGEST_SECTION, LONGEST_ROLE = 4_000, 200
MOST_SIGNATORIES = 30
_CONTACT = re.compile(r"\S@\S+\.\S|(?<!\d)(?:\+44|0)\s?(?:\d[\s()-]?){9,10}(?!\d)")


def contact_faults(words: Mapping[str, str | None], sign_off: Mapping[str, Any]) -> list[Fault]:
    """Find e-mail addresses and telephone numbers: a published statement carries nobody's contact."""
    return [
        Fault("no e-mail address or telephone number of anybody", pointer, value="", rule="no-contact")
        for pointer, text in _texts(words, sign_off)
        if _CONTACT.search(text)
    ]  # fmt: skip


def signing_faults(sign_off: Mapping[str, Any], today: date) -> list[Fault]:
    """List what a statement lacks to be signed: who prepared it by role, the day it was agreed, who signs."""
    faults = []
    if not sign_off.get("prepared_by_role"):
        faults.append(Fault("say by role who prepared it", "/sign_off/prepared_by_role"))
    agreed = sign_off.get("agreed_on")
    if agreed is None:
        faults.append(Fault("say the day the partnership agreed it", "/sign_off/agreed_on"))
    elif date.fromisoformat(str(agreed)) > today:
        faults.append(Fault("that day has not come", "/sign_off/agreed_on", value=str(agreed)))
    for number, each in enumerate(sign_off.get("signatories") or ()):
        if not each["role"] or not each["organisation"]:
            at = f"/sign_off/signatories/{number}"
            faults.append(Fault("who signs has a role and an organisation", at))
    if not sign_off.get("signatories"):
        faults.append(Fault("name who signs, by role and organisation", "/sign_off/signatories"))
    return faults


def _texts(
    words: Mapping[str, str | None], sign_off: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for name, text in words.items():
        yield f"/words/{name}", text or ""
    yield "/sign_off/prepared_by_role", sign_off.get("prepared_by_role") or ""
    for number, each in enumerate(sign_off.get("signatories") or ()):
        for name in ("role", "organisation"):
            yield f"/sign_off/signatories/{number}/{name}", each[name]
