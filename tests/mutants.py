"""`make mutants`: one-line wrong edits, each of which a named test must notice.

Each edit is made in a copy of the project, never in the working tree. A test that still passes
proves nothing about the line it was written for: the run then fails and names it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.accreditation_mutants import ACCREDITATION_MUTANTS
from tests.arithmetic_mutants import ARITHMETIC_MUTANTS
from tests.border_mutants import BORDER_MUTANTS
from tests.builder_mutants import BUILDER_MUTANTS
from tests.compare_mutants import COMPARE_MUTANTS
from tests.editing_mutants import EDITING_MUTANTS
from tests.estimate_mutants import ESTIMATE_MUTANTS
from tests.features_mutants import FEATURE_MUTANTS
from tests.gap_mutants import GAP_MUTANTS
from tests.indicator_mutants import INDICATOR_MUTANTS
from tests.keeping_mutants import KEEPING_MUTANTS
from tests.ledger_mutants import LEDGER_MUTANTS
from tests.lookup_mutants import LOOKUP_MUTANTS
from tests.managing_mutants import MANAGING_MUTANTS
from tests.merging_mutants import MERGING_MUTANTS
from tests.money_import_mutants import MONEY_IMPORT_MUTANTS
from tests.mutant import Mutant
from tests.mutants_of_days import DAYS
from tests.nearness_mutants import NEARNESS_MUTANTS
from tests.neighbourhood_mutants import NEIGHBOURHOOD_MUTANTS
from tests.page_mutants import PAGE_MUTANTS
from tests.paper_mutants import PAPER_MUTANTS
from tests.profile_mutants import PROFILE_MUTANTS
from tests.raster_mutants import RASTER_MUTANTS
from tests.record_mutants import RECORD_MUTANTS
from tests.relation_mutants import RELATION_MUTANTS
from tests.scale_mutants import SCALE_MUTANTS
from tests.statement_mutants import STATEMENT_MUTANTS
from tests.target_mutants import TARGET_MUTANTS

REPOSITORY = Path(__file__).resolve().parent.parent
LONGEST_S = 300.0
COPIED = ("app", "boundaries", "maps", "migrations", "tests", "bench", "deploy", "docs", "pyproject.toml")  # fmt: skip


MUTANTS = (
    *(*BORDER_MUTANTS, *RELATION_MUTANTS),
    *LOOKUP_MUTANTS,
    *NEIGHBOURHOOD_MUTANTS,
    *PROFILE_MUTANTS,
    *INDICATOR_MUTANTS,
    *ARITHMETIC_MUTANTS, *MONEY_IMPORT_MUTANTS, *LEDGER_MUTANTS, *ESTIMATE_MUTANTS, *NEARNESS_MUTANTS,
    *SCALE_MUTANTS, *STATEMENT_MUTANTS,
    *RASTER_MUTANTS, *TARGET_MUTANTS, *RECORD_MUTANTS, *ACCREDITATION_MUTANTS, *BUILDER_MUTANTS, *COMPARE_MUTANTS,
    *EDITING_MUTANTS,
    *FEATURE_MUTANTS,
    *GAP_MUTANTS,
    *KEEPING_MUTANTS,
    *MANAGING_MUTANTS,
    *MERGING_MUTANTS,
    *PAGE_MUTANTS,
    *PAPER_MUTANTS,
    Mutant(
        "a council with a part keeps all of its people", "app/rehearsals/methods/regroup.py",
        "shared = apportion(council.people, [*weights, max(rest, 0)])",
        "shared = [*apportion(council.people, [*weights, max(rest, 0)])[:-1], council.people]",
        "tests/app/rehearsals/test_regroup.py",
    ),
    Mutant(
        "people that are not known become nobody", "app/rehearsals/methods/regroup.py",
        "return [None] * (len(parts) + 1)\n    weights", "return [0] * (len(parts) + 1)\n    weights",
        "tests/app/rehearsals/test_regroup.py",
    ),
    Mutant(
        "ground that an outline shares is told one way only", "app/partnerships/methods/shared_ground.py",
        "common = np.where(turned, common.T, common)", "common = common.copy()",
        "tests/app/partnerships/test_shared_ground.py",
    ),
    Mutant(
        "the same ground is 95 % of one and not of both", "app/partnerships/methods/shared_ground.py",
        "(share_of_a >= SAME_GROUND_SHARE) & (share_of_b", "(share_of_a >= SAME_GROUND_SHARE) | (share_of_b",
        "tests/app/partnerships/test_shared_ground.py",
    ),
    Mutant(
        "an outline thinner than the tolerance is outside", "boundaries/methods/verdict.py",
        'if answer.verdict != "outside" or answer.outside_share >= MOSTLY:', "if True:",
        "tests/boundaries/methods/test_verdict.py",
    ),
    Mutant(
        "at 200 m plain area is not looked at", "boundaries/methods/verdict.py",
        "if t > FINEST_COARSE_M and abs(", "if t < 0 and abs(", "tests/boundaries/methods/test_verdict.py",
    ),
    Mutant(
        "an approximate outline is called the same", "app/partnerships/area_alignment.py",
        'found = replace(found, verdict="cannot-tell")', "found = replace(found)",
        "tests/app/partnerships/test_align_http.py",
    ),
    Mutant(
        "ground left out is said to stick out", "boundaries/methods/misalignment.py",
        "if row.share_of_authority >= HALF:", "if row.share_of_authority < HALF:",
        "tests/boundaries/methods/test_misalignment.py",
    ),
    Mutant(
        "people of parishes do not sum to their council", "app/partnerships/parishes.py",
        "counted = shared if shared is not None", "counted = [round(float(n)) for n in parts] if shared is not None",
        "tests/app/partnerships/test_parishes.py",
    ),
    Mutant(
        "approximate parishes pass for official", "app/partnerships/parishes.py",
        "return self.drawn.quality not in OFFICIAL", "return False", "tests/app/partnerships/test_parishes.py",
    ),
    Mutant(
        "a second unitary of one name is let through", "app/rehearsals/plans.py",
        "seen.add(folded)", "seen.add(one.name)",
        "tests/app/rehearsals/test_plans.py",
    ),
    Mutant(
        "ceil to floor in percentiles", "app/priorities/methods/clauses.py",
        "(parts * whole + areas_total - 1) // areas_total", "(parts * whole) // areas_total",
        "tests/app/priorities/test_evaluate.py",
    ),
    Mutant(
        "at most becomes less than", "app/priorities/methods/clauses.py",
        'values <= threshold if comparison == "at_most"', 'values < threshold if comparison == "at_most"',
        "tests/app/priorities/test_evaluate.py",
    ),
    Mutant(
        "missing becomes out", "app/priorities/methods/clauses.py",
        "met[np.isnan(values)] = UNKNOWN", "met[np.isnan(values)] = OUT",
        "tests/app/priorities/test_evaluate.py",
    ),
    Mutant(
        "the largest remainder is dropped", "boundaries/methods/apportion.py",
        "shares[index] += 1", "shares[index] += 0", "tests/boundaries/methods/test_apportion.py",
    ),
    Mutant(
        "an end date that is lived", "boundaries/queries.py",
        "area.valid_to is None or area.valid_to > day", "area.valid_to is None or area.valid_to >= day",
        "tests/boundaries/test_importing.py",
    ),
    Mutant(
        "exactly half is no majority", "app/resources/methods/ledger.py",
        "2 * share >= 1", "2 * share > 1", "tests/app/resources/test_ledger.py",
    ),
    Mutant(
        "a bucket that is a remainder", "app/resources/methods/ledger.py",
        'totals[f"{bucket}_pence"] = sum_pence(own)',
        'totals[f"{bucket}_pence"] = sum_pence(counted) - sum_pence(x for x in counted if x not in own)'
        " + (bucket == NOT_PLACED)",
        "tests/app/resources/test_ledger.py",
    ),
    Mutant(
        "people of a merged area counted once", "boundaries/methods/rebase.py",
        "np.add.at(sums, self.place, passed)", "sums[self.place] = passed",
        "tests/boundaries/methods/test_rebase.py",
    ),
    Mutant(
        "an area with an unknown part counted low", "boundaries/methods/rebase.py",
        "none[self.place[absent[self.row] | self.lost]] = True", "none[self.place[self.lost]] = True",
        "tests/boundaries/methods/test_rebase.py",
    ),
    Mutant(
        "a row without a link is dropped", "boundaries/methods/rebase.py",
        "listed = dict.fromkeys(np.flatnonzero(~linked).tolist(), NO_LINK)", "listed = {}",
        "tests/boundaries/methods/test_rebase.py",
    ),
    Mutant(
        "a rate weighed by nothing", "boundaries/methods/rebase.py",
        "+ rate * int(weights[pair])", "+ rate * 1", "tests/boundaries/methods/test_rebase.py",
    ),
    Mutant(
        "the largest remainders of many share-outs are dropped", "boundaries/methods/apportion.py",
        "shares[order] += place < left[owner]", "shares[order] += 0 * (place < left[owner])",
        "tests/properties/test_rebasing.py",
    ),
    Mutant(
        "split areas shared equally and not by postcodes", "boundaries/sql/links_of_lsoas.sql",
        "SELECT l.old_code, l.new_code, l.kind, k.postcodes", "SELECT l.old_code, l.new_code, l.kind, 1 AS postcodes",
        "tests/app/vintages/test_rebase_tables.py",
    ),
    Mutant(
        "a missing figure read as 0", "app/vintages/readers/numbers.py",
        "return Numbers(values.to_numpy().copy(), _flags(missing), 0)",
        "return Numbers(values.to_numpy().copy(), _flags(missing) & False, 0)",
        "tests/app/vintages/test_numbers.py",
    ),
    Mutant(
        "a span that holds its end", "app/vintages/methods/windows.py",
        "(every < ends[:, None])", "(every <= ends[:, None])", "tests/app/vintages/test_windows.py",
    ),
    Mutant(
        "a damaged code guessed among several", "app/vintages/judging.py",
        "    if len(right) == 1:\n", "    if len(right) >= 1:\n", "tests/app/vintages/test_doctor.py",
    ),
    Mutant(
        "blank rows are dropped from the fixed file", "app/vintages/fixing.py",
        "        for record in block:\n", "        for record in filter(None, block):\n",
        "tests/app/vintages/test_doctor.py",
    ),
    Mutant(
        "a rank carried as a count", "app/vintages/methods/columns.py",
        "if _RANKS.search(words):", "if False:", "tests/app/vintages/test_columns.py",
    ),
    Mutant(
        "a third decimal is cut off and not refused", "app/resources/methods/amounts.py",
        "if abs(pence - whole) > DUST_PENCE:", "if False:", "tests/app/resources/test_amounts.py",
    ),
    Mutant(
        "swapped axes", "boundaries/crs.py",
        "return shapely.transform(flat, lambda points: _transform(points, direction))",
        "return shapely.transform(flat, lambda points: _transform(points, direction)[:, ::-1])",
        "tests/boundaries/test_crs.py",
    ),
    Mutant(
        "no escape in the drawing", "maps/svg_furniture.py",
        "<g class=\"maplabel\"><title>{escape(name)}</title>", "<g class=\"maplabel\"><title>{name}</title>",
        "tests/maps/test_svg_map.py",
    ),
    Mutant(
        "a bite of one per cent goes unseen", "boundaries/methods/verdict.py",
        "(20.0, 0.00295), (50.0, 0.0019)", "(20.0, 0.0295), (50.0, 0.019)",
        "tests/boundaries/methods/test_verdict.py",
    ),
    Mutant(
        "the highest code of an overlap", "boundaries/methods/locate.py",
        "order = np.argsort(codes)", "order = np.argsort(codes)[::-1]",
        "tests/boundaries/methods/test_locate.py",
    ),
    Mutant(
        "a tolerance that is ignored", "boundaries/methods/verdict.py",
        "effective_m = tolerance_m + layer_tolerance_m", "effective_m = layer_tolerance_m",
        "tests/boundaries/methods/test_verdict.py",
    ),
    Mutant(
        "a district that ends a day early", "boundaries/sources/districts.py",
        "CHANGE_DAY = (4, 1)", "CHANGE_DAY = (3, 31)", "tests/boundaries/test_sources.py",
    ),
    Mutant(
        "a refusal that names another feature", "boundaries/sources/layers.py",
        "np.flatnonzero(kept) + 1", "np.arange(len(frame)) + 1", "tests/boundaries/test_sources.py",
    ),
    Mutant(
        "rings wound clockwise", "maps/geojson.py",
        "exterior_cw=False", "exterior_cw=True", "tests/maps/test_geojson.py",
    ),
    Mutant(
        "a cell that a spreadsheet runs", "app/exports/csv.py",
        "return f\"'{value}\"", "return value", "tests/app/exports/test_writers.py",
    ),
    Mutant(
        "unplaced money left out of the GeoPackage", "app/reports/place_sheets.py",
        'unplaced = [line for line in lines if line["id"] not in shown]', "unplaced = lines[:0]",
        "tests/app/reports/test_files.py",
    ),
    Mutant(
        "the invented county among real districts", "boundaries/sql/lower_tier.sql",
        "  AND a.demo = :demo\n", "", "tests/boundaries/test_importing.py",
    ),
    Mutant(
        "a layer that draws the dead is taken for the day's", "migrations/versions/0044_last_day.py",
        "WHEN coalesce(d.extra, 0) > 0 THEN 2", "WHEN coalesce(d.extra, 0) > 0 THEN 0",
        "tests/boundaries/test_releases.py",
    ),
    Mutant(
        "a release a third smaller is served", "boundaries/methods/release_checks.py",
        "LAST_WITHIN = 0.20", "LAST_WITHIN = 0.40", "tests/boundaries/test_releases.py",
    ),
    Mutant(
        "a temporal set shows the dead", "boundaries/queries.py",
        "or_(Area.valid_to.is_(None), Area.valid_to > alive_on),", "or_(Area.valid_to.is_(None), True),",
        "tests/boundaries/test_releases.py",
    ),
    Mutant(
        "a lookup that no outline bears out is used", "boundaries/methods/cross_check.py",
        '"impossible": disagrees & (lookup_share < FALSE_SHARE)', '"impossible": disagrees & (lookup_share < 0)',
        "tests/boundaries/methods/test_cross_check.py",
    ),
    Mutant(
        "an expired token works", "app/access/queries.py",
        "return func.coalesce(Token.expires_at <= func.now(), False)",
        "return func.coalesce(Token.expires_at > func.now(), False) & False",
        "tests/app/access/test_tokens.py",
    ),
    Mutant(
        "a changed checksum is taken unasked", "app/sources/fetching.py",
        'outcome == "accepted" and not accept_new', 'outcome == "accepted" and False',
        "tests/app/sources/test_fetching.py",
    ),
    Mutant(
        "a layer in degrees is taken for metres", "app/sources/publishers/arcgis.py",
        "    _check_grid(publisher, features, layer.code_column)", "    pass",
        "tests/app/sources/test_fetching_layers.py",
    ),
    Mutant(
        "a ward that outlives its list", "boundaries/methods/lives.py",
        "None if last == len(years) - 1 else election_day(years[last + 1])", "None",
        "tests/boundaries/methods/test_lives.py",
    ),
    Mutant(
        "two save one version", "app/partnerships/actions.py",
        "row = session.get(Partnership, slug, with_for_update=True)", "row = session.get(Partnership, slug)",
        "tests/app/access/test_two_at_once.py",
    ),
    Mutant(
        "half a penny goes down", "app/resources/methods/amounts.py",
        "nearest = int(pence.quantize(Decimal(1), ROUND_HALF_UP))", "nearest = int(pence)",
        "tests/app/resources/test_published_readers.py",
    ),
    Mutant(
        "a derived allocation passes for an award", "app/resources/readers/allocations.py",
        '"estimate" if derived else "awarded"', '"awarded"', "tests/app/resources/test_published_readers.py",
    ),
    Mutant(
        "a council that is gone has a budget of nought", "app/resources/readers/spending_power.py",
        "if not any(each.pence for each in amounts.values()):", "if False:",
        "tests/app/resources/test_published_readers.py",
    ),
    Mutant(
        "planned money is added to awarded", "app/resources/methods/allocations.py",
        'key = (each["period"], whole, each["file_id"] or "", each["status"])',
        'key = (each["period"], whole, each["file_id"] or "")',
        "tests/app/resources/test_beside_the_ledger.py",
    ),
    *(Mutant(*row) for row in DAYS),
)  # fmt: skip


def apply(mutant: Mutant, root: Path) -> str:
    """Make the wrong edit in a copy; gives back the right text, raises ValueError where it is not there once."""
    path = root / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise ValueError(
            f"{mutant.name}: its words stand {text.count(mutant.right)} times in {mutant.file}"
        )
    path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
    return text


def run_test(root: Path, test: str) -> bool:
    """Run one test file in the copy; say whether it passed. One that never ends has not."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode == 0


def main() -> int:
    """Try every mutant, or those whose name, file or test holds a word given; exit code 1 where one lives.

    Also where a test fails without any edit.
    """
    words = sys.argv[1:]
    mutants = [
        each for each in MUTANTS
        if not words or any(word in f"{each.name} {each.file} {each.killed_by}" for word in words)
    ]  # fmt: skip
    lived = []
    with tempfile.TemporaryDirectory(prefix="bounds-mutants-") as folder:
        root = Path(folder) / "copy"
        for name in COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, root / name, ignore=ignore)
            else:
                root.mkdir(exist_ok=True)
                shutil.copy(source, root / name)
        for test in sorted({mutant.killed_by for mutant in mutants}):
            if not run_test(root, test):
                lived.append(f"{test} fails without any edit")
        for mutant in mutants:
            started = time.monotonic()
            right = apply(mutant, root)
            try:
                survived = run_test(root, mutant.killed_by)
            finally:
                (root / mutant.file).write_text(right, encoding="utf-8")
            if survived:
                lived.append(f"{mutant.name}: {mutant.killed_by} still passes")
            word = "LIVES" if survived else "killed"
            print(f"{word:7} {mutant.name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{len(mutants) - len(lived)} of {len(mutants)} killed", *lived, sep="\n")
    return 1 if lived else 0


if __name__ == "__main__":
    sys.exit(main())
