"""Wrong edits of vector tiles and of the pages' maps."""

from __future__ import annotations

from tests.mutant import Mutant

_GRID = "app/tiles/methods/tile_grid.py"
_SERVED = "tests/app/tiles/test_tiles_served.py"
_SHUT = "tests/app/tiles/test_shut_tiles.py"
PAGE_MUTANTS: tuple[Mutant, ...] = (
    Mutant("a level holds one row more", _GRID, "0 <= y < 2**z", "0 <= y <= 2**z",
           "tests/app/tiles/test_tile_grid.py"),
    Mutant("outlines are coarser than a pixel", _GRID, "if level <= pixel_m(z)", "if level <= 4 * pixel_m(z)",
           "tests/app/tiles/test_tile_grid.py"),
    Mutant("a share on the edge of a class is below it", "app/tiles/methods/bands.py",
           "100 * worst >= least * areas", "100 * worst > least * areas", "tests/app/tiles/test_tile_grid.py"),
    Mutant("fifths take in what has no value", "app/tiles/methods/bands.py", "by.dropna()",
           "by.fillna(0)", "tests/app/tiles/test_tile_grid.py"),
    Mutant("an area without rank is in the lowest class", "app/tiles/sql/tile.sql",
           "WHEN v.rank IS NULL THEN NULL", "WHEN v.rank IS NULL THEN 5", _SERVED),
    Mutant("corners are rounded to two steps", "app/tiles/sql/tile.sql", "shape AS placed, ST_SnapToGrid(shape, 1)",
           "shape AS placed, ST_Simplify(ST_SnapToGrid(shape, 1), 2)", _SHUT),
    Mutant("what is smaller than a step vanishes", "app/tiles/sql/tile.sql",
           "ELSE ST_Translate(", "ELSE ST_Scale(", _SHUT),
    Mutant("low levels carry names", "app/tiles/drawing.py", "or z >= NAMED_FROM", "or z >= 0", _SERVED),
    Mutant("a service that ends makes ready what was not begun", "app/readying.py",
           "if self._stopped.wait(pause_s):", "if self._stopped.is_set():", "tests/app/test_readying.py"),
    Mutant("only the northernmost tiles are made ready", _GRID, "range(top, bottom + 1)", "range(top, top + 1)",
           "tests/app/tiles/test_tile_grid.py"),
    Mutant("a browser file that changed is served as it was", "app/own_files.py",
           'tag != response.headers["etag"] or ', "not tag or ", "tests/app/test_own_files.py"),
    Mutant("an indicator of a partnership has a page for all", "app/pages/indicator_view.py",
           "if row.partnership_slug is not None or row.confidential:", "if row.partnership_slug == 1:",
           "tests/app/pages/test_dataset_pages.py"),
    Mutant("the best of an indicator stand first", "app/pages/indicator_view.py", 'sort_values("place", kind="stable")',
           'sort_values("place", kind="stable", ascending=False)', "tests/app/pages/test_dataset_pages.py"),
    Mutant("tiles of a release that was taken back stay", "app/tiles/stored.py",
           "if release_id not in here", "if release_id in ()", _SERVED),
    Mutant("a border ends only where three others meet", "maps/topojson.py", ")[pid] > 1", ")[pid] > 2",
           "tests/maps/test_topojson.py"),
    Mutant("a border is kept each way that it is walked", "maps/topojson.py",
           "key = np.where(is_back[:, None], back, forth)", "key = forth", "tests/maps/test_topojson.py"),
    Mutant("each tile counts all councils anew", "app/tiles/queries.py",
           "with kept.counting if counts else nullcontext():", "with nullcontext():", _SERVED),
    Mutant("a clock set back gives tries", "app/access/shared_tries.py", "seen = max(seen, :now)", "seen = :now - 9000",
           "tests/app/access/test_shared_tries.py"),
    Mutant("old addresses stay", "app/access/shared_tries.py", "ORDER BY seen DESC LIMIT -1",
           "ORDER BY seen ASC LIMIT 0", "tests/app/access/test_shared_tries.py"),
    Mutant("areas hide the streets beneath", "app/static/map.js", "{ fillOpacity: 0.8 }", "{ fillOpacity: 1 }",
           "tests/maps/test_browser.py"),
    Mutant("the national map stays where its tiles fail", "app/static/national.js",
           "frame.classList.remove(\"live\"); box.hidden = true;", "",
           "tests/browser/test_national_map_in_a_browser.py"),
)  # fmt: skip
