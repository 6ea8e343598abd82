"""Rules that governments have chosen by, kept as data: named in place of a rule, with source and limits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from boundaries.errors import NotFound

FOLDER = Path(__file__).parent / "rules"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,59}")


class UnknownRule(NotFound):
    """No rule of that name is kept here."""

    slug = "unknown-rule"
    title = "No such rule"


@dataclass(frozen=True)
class KeptRule:
    """One rule: `index` is the one it was made for, None for any; `limits` what it cannot do here."""

    id: str
    title: str
    index: str | None
    rule: Mapping[str, Any]
    source: str
    limits: str

    def as_plain(self) -> dict[str, Any]:
        """Give it as plain values for JSON."""
        return {
            "id": self.id, "title": self.title, "index": self.index, "rule": dict(self.rule),
            "source": self.source, "limits": self.limits,
        }  # fmt: skip


@cache
def kept_rules() -> dict[str, KeptRule]:
    """Every rule kept, by id, in order."""
    found = (KeptRule(**json.loads(path.read_text("utf-8"))) for path in FOLDER.glob("*.json"))
    return {rule.id: rule for rule in sorted(found, key=lambda rule: rule.id)}


def get_rule(rule_id: str) -> KeptRule:
    """One rule. Raises UnknownRule, naming those kept."""
    rules = kept_rules()
    if rule_id not in rules:
        raise UnknownRule(f"no rule {rule_id[:60]!r} is kept here; there are {', '.join(rules)}")
    return rules[rule_id]


def named_rule(words: str) -> KeptRule | None:
    """Take a rule given by name; None for what is no name, so that it is read as JSON. Raises UnknownRule."""
    return get_rule(words.strip()) if _NAME.fullmatch(words.strip()) else None
