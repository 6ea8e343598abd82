"""Chooses how an answer is compressed, and compresses it: small where it is kept, quick where it is for one caller."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from isal import igzip, isal_zlib

#: in the order in which a caller that takes several is served: the smallest first
CODINGS = ("br", "zstd", "gzip")
SMALLEST_COMPRESSED = 1_000


def compress(body: bytes, coding: str) -> bytes:
    """Compress an answer for keeping: it is done once, so small is worth more than quick."""
    # gzip: 3 % more bytes than zlib's level 6 for a seventh of the time, measured on pages of features.
    return _compressed(body, coding, {"gzip": 3, "br": 5, "zstd": 6})


def compress_now(body: bytes, coding: str) -> bytes:
    """Compress an answer for one caller: quick is worth more than small."""
    return _compressed(body, coding, {"gzip": 1, "br": 1, "zstd": 1})


def _compressed(body: bytes, coding: str, levels: Mapping[str, int]) -> bytes:
    if coding == "gzip":
        return bytes(igzip.compress(body, levels[coding], mtime=0))
    if coding == "br":
        import brotli  # at first use, like the next

        return bytes(brotli.compress(body, quality=levels[coding]))
    import pyarrow as pa  # at first use: every start would pay for it

    return bytes(pa.Codec("zstd", compression_level=levels["zstd"]).compress(body).to_pybytes())


def compress_parts(parts: Generator[bytes]) -> Generator[bytes]:
    """Compress by gzip what is sent while it is written; closes what it is given when it is closed.

    Brotli's looks back over 4 MB and holds 40 MB for each answer that is under way, for the same number of bytes.
    """
    coder = isal_zlib.compressobj(1, isal_zlib.DEFLATED, isal_zlib.MAX_WBITS + 16)
    try:
        for part in parts:
            if ready := coder.compress(part):
                yield ready
    finally:
        parts.close()
    yield coder.flush()


def choose_coding(accepted: str) -> str:
    """Choose a coding that an Accept-Encoding header takes; "identity" where it takes none of ours."""
    weights = _weights(accepted)
    for coding in CODINGS:
        if weights.get(coding, 0.0) > 0:
            return coding
    return "identity"


def takes_gzip(accepted: str) -> bool:
    """Say whether an Accept-Encoding header takes gzip by its name."""
    return _weights(accepted).get("gzip", 0.0) > 0


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        weight = parameters.strip().removeprefix("q=") or "1"
        try:
            weights[name.strip()] = float(weight)
        except ValueError:
            weights[name.strip()] = 0.0
    return weights
