"""Keeps templates compiled where Python keeps its own modules so; makes no page, and believes no file of elsewhere.

A page of a place is twenty templates, and to compile them is a fifth of a second of every process that starts.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from importlib.util import cache_from_source
from pathlib import Path
from pickle import UnpicklingError
from tempfile import NamedTemporaryFile
from typing import Any

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class BesideModules(BytecodeCache):
    """Compiled templates in the folder of compiled modules, each with the hash of all that it was made from.

    What is said of a folder of modules holds here too: who may write to it may run code. Where nobody may,
    or Python is told to write none, templates are compiled anew.
    """

    def __init__(self, environment: jinja2.Environment) -> None:
        self._environment = environment

    @cached_property
    def _made_from(self) -> bytes:
        """What a compiled template follows from beside its source: what a filter makes of a constant stands in it."""
        filters = [each for each in self._environment.filters.values() if _is_own(each)]
        files = sorted({str(inspect.getsourcefile(each)) for each in filters})
        made = self._environment
        options = (jinja2.__version__, made.trim_blocks, made.lstrip_blocks)
        return repr(options).encode() + b"".join(Path(file).read_bytes() for file in files)

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """Give the path of the compiled template; of one that comes from no file its name, which is laid by nowhere."""
        return name if filename is None else cache_from_source(f"{filename}.py")

    def get_source_checksum(self, source: str) -> str:
        """Hash a template's source with all else that it is compiled from."""
        return hashlib.sha256(self._made_from + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take a compiled template, unless it was made from another source or by another Python."""
        with suppress(OSError, EOFError, ValueError, UnpicklingError):
            bucket.bytecode_from_string(Path(bucket.key).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Lay a compiled template by, whole or not at all."""
        path = Path(bucket.key)
        if sys.dont_write_bytecode or not path.is_absolute():
            return
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, delete=False) as file:
                bucket.write_bytecode(file)
            os.replace(file.name, path)


def compile_all(environment: jinja2.Environment) -> None:
    """Compile the templates of an environment that nobody has asked for yet."""
    for name in environment.list_templates(extensions=["html"]):
        environment.get_template(name)


def _is_own(each: Callable[..., Any]) -> bool:
    return str(getattr(each, "__module__", "")).startswith("app.")
