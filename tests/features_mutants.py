"""Wrong edits of the standard API."""

from __future__ import annotations

from tests.mutant import Mutant

_SERVED = "tests/app/ogc/test_features_served.py"
_FILTERS = "tests/app/ogc/test_filters.py"
_DOOR = "tests/app/ogc/test_features_door.py"
_PUBLISHING = "tests/app/ogc/test_publishing.py"
FEATURE_MUTANTS: tuple[Mutant, ...] = (
    Mutant("latitude comes second in its own system", "app/ogc/statements/writing.py",
           "if system.north_first:", "if not system.north_first and system.in_metres:", _SERVED),
    Mutant("a page begins with the last feature of the page before", "app/ogc/queries.py",
           "said.append(and_(*same, key > last_key))", "said.append(and_(*same, key >= last_key))", _SERVED),
    Mutant("a box takes whose box it meets", "app/ogc/queries.py",
           "func.ST_Intersects(source.geom_wgs84, func.ST_MakeEnvelope(*box, WGS84)),",
           "source.geom_wgs84.op('&&')(func.ST_MakeEnvelope(-180, -90, 180, 90, WGS84)),", _SERVED),
    Mutant("text is compared with numbers", "app/ogc/statements/filters.py",
           "if kind != other and not (kind in _NUMBERS and other in _NUMBERS):", "if kind is None:", _FILTERS),
    Mutant("a filter takes an outline that crosses itself", "app/ogc/statements/filter_shapes.py",
           "if not shapely.is_valid(given):", "if given is None:", _FILTERS),
    Mutant("an interval may end before it begins", "app/ogc/spans.py",
           "or (first and last and first > last)", "or (first and last and first > date.max)", _SERVED),
    Mutant("an unknown parameter is let through", "app/ogc/asking.py",
           "unknown = sorted(set(given) - set(allowed))", "unknown = sorted(set(given) & set())", _SERVED),
    Mutant("an answer in another coding has the tag of the plain one", "app/traffic.py",
           "else tag[:-1] + suffix", "else tag", _DOOR),
    Mutant("an older state is kept beside the newer", "app/ogc/stored.py",
           "if older != own:", "if older == own.parent:", _DOOR),
    Mutant("a coding that is refused is used", "app/codings.py",
           "if weights.get(coding, 0.0) > 0:", "if coding in weights:", _DOOR),
    Mutant("a feature at the edge of a box is taken without a look", "app/ogc/statements/finished.py",
           "sure = (west + HAIR, south + HAIR, east - HAIR, north - HAIR)",
           "sure = (west - 0.02, south - 0.02, east + 0.02, north + 0.02)", _DOOR),
    Mutant("a box begins processes of the database", "app/ogc/statements/finished.py",
           "JOIN feature_texts AS t ON t.reach && asked.wide",
           "JOIN feature_texts AS t ON t.reach && (SELECT wide FROM asked)", _DOOR),
    Mutant("a HEAD has a file written", "app/traffic.py",
           'scope = {**scope, "method": "GET", ASKED_BY_HEAD: True}', 'scope = {**scope, "method": "GET"}',
           "tests/app/ogc/test_features_files.py"),
    Mutant("what leaves memory is lost", "app/ogc/stored.py",
           "if held.place[0] == self._newest:", "if held.size:", _DOOR),
    Mutant("a body of another length is sent from disk", "app/ogc/stored.py",
           "if body is None or len(body) != held.size:", "if body is None:", _DOOR),
    Mutant("what the database stopped is asked again", "app/ogc/door.py",
           "except Stopped as stopped:", "except AssertionError as stopped:", _DOOR),
    Mutant("what may not be passed on is published", "app/ogc/statements/published_entries.py",
           "_OPEN.search(part) and not _CLOSED.search(part)", "_OPEN.search(part)", _PUBLISHING),
    Mutant("a grant to a person keeps its title", "app/ogc/statements/published_entries.py",
           "shown = case((key.in_(to_people), cast(null(), Text)), else_=title)", "shown = title", _PUBLISHING),
    Mutant("lines of closed files are published", "app/ogc/statements/published_entries.py",
           "where=[*source.where, own]", "where=[*source.where]", _PUBLISHING),
    Mutant("a harmed file is taken for whole", "app/ogc/publishing.py",
           '_sha256(path) == file["sha256"] for path', "True for path", _PUBLISHING),
    Mutant("tiles that are kept are drawn again", "app/tiles/baking.py",
           "if found[n] is not None:", "if n < 0:", "tests/app/tiles/test_archive.py"),
)  # fmt: skip
