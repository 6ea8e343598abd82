"""Starts quickly: the data-frame libraries load when their first function is called, not with the service.

A third of the modules that the service names are pandas and what stands on it, and neither a lookup, nor
a list, nor an area needs them. `import pandas as pd` at the head of a module stays as it is: it binds a
module that is empty until somebody asks it for something. Python 3.11's own `importlib.util.LazyLoader`
does not do: its modules load on the second `import`, and a second thread can see them half loaded.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import RLock
from types import ModuleType

LATE = frozenset({"pandas", "geopandas", "pyogrio", "pyarrow", "scipy"})
# What GeoAlchemy brings for databases that Bounds does not know, with SQLAlchemy's whole dialects.
UNUSED = frozenset(f"geoalchemy2.admin.dialects.{name}" for name in ("mssql", "mysql", "mariadb"))

# The modules of a service live as long as it does: looking for garbage among them at every 700 objects
# was a quarter of the start.
OBJECTS_A_COLLECTION = 50_000

# One lock for all: geopandas, loading, asks for pandas, and two locks could be taken in two orders.
_LOADING = RLock()
# What the import system asks of a module that it has already, which is no use of it.
_UNASKED = frozenset({"__spec__", "__class__", "__dict__"})


class _LateModule(ModuleType):
    """A module that runs its code when it is first asked for a name."""

    def __getattribute__(self, name: str) -> object:
        """Load the module, unless it is this thread that loads it now, and give what was asked for."""
        get = super().__getattribute__
        if name not in _UNASKED:
            with _LOADING:
                spec = get("__spec__")
                if get("__class__") is _LateModule and spec.loader_state is None:
                    spec.loader_state = "loading"
                    try:
                        spec.loader.at_last(self)
                        self.__class__ = ModuleType  # type: ignore[assignment]  # once only
                    finally:
                        spec.loader_state = None
        return get(name)


class _LateLoader(Loader):
    """Binds the module first, and runs its code when it is used."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave the module's making to the import system."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Put the code off."""
        module.__class__ = _LateModule

    def at_last(self, module: ModuleType) -> None:
        """Run the code that was put off, under the loader that found it."""
        module.__loader__ = self.loader
        self.loader.exec_module(module)


class _LateFinder(MetaPathFinder):
    """Finds the late libraries where Python would find them."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Describe a late library; None for every other module."""
        spec = PathFinder.find_spec(name, path, target) if name in LATE | UNUSED else None
        if spec is not None and spec.loader is not None:
            spec.loader = _LateLoader(spec.loader)
        return spec


def load_late() -> None:
    """Let the late libraries that nobody has loaded yet wait until they are used."""
    gc.set_threshold(OBJECTS_A_COLLECTION, *gc.get_threshold()[1:])
    if not any(isinstance(finder, _LateFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LateFinder())


def load_now(*names: str) -> None:
    """Load the late libraries, or some, that are named but not used yet, so that no request waits for them."""
    for name in sorted(set(names or LATE) & sys.modules.keys()):
        getattr(sys.modules[name], "__version__", None)
