"""Every table says whether its rows are lost with the database or can be had again."""

from __future__ import annotations

import app.main
from app.dev import entered
from boundaries.database import Base


def test_every_table_is_entered_or_can_be_imported_again_or_is_worked_out() -> None:
    assert app.main.VERSION, "the service's root has gathered the tables of every room"
    named = [{each.name for each in entered.ENTERED}, entered.IMPORTED, entered.WORKED_OUT]
    assert sum(map(len, named)) == len(set().union(*named)), "a table is of two kinds"
    tables = {*Base.metadata.tables, "alembic_version"}
    told = "app/dev/entered.py must say what a backup of entered rows does with it"
    assert set().union(*named) == tables, told
