"""Asks a publisher over HTTP with patience that ends; refuses redirects to anywhere less safe.

Timeouts lie inside each other: a download, one answer of it, one silence within an answer.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from app.sources.publishers.refusals import DownloadRefused, FileGone, PublisherUnavailable, TooBig
from boundaries.importing import Progress

USER_AGENT = "bounds/0.1.0"
MAX_REDIRECTS = 5
_BUSY = {408, 425, 429, 503}
_OVERLOADED = {500, 502, 504}
Found = TypeVar("Found")


@dataclass(frozen=True)
class Patience:
    """How long a publisher is waited for, and how often it is asked again."""

    download_seconds: float = 4 * 3600.0
    answer_seconds: float = 900.0
    silence_seconds: float = 60.0
    connect_seconds: float = 10.0
    retries: int = 4
    pause_seconds: float = 1.0
    longest_pause_seconds: float = 120.0


PATIENCE = Patience()


class TryAgain(Exception):
    """An answer that another try may better; `wait_seconds` is what the publisher asked for."""

    def __init__(self, detail: str, wait_seconds: float | None = None) -> None:
        super().__init__(detail)
        self.wait_seconds = wait_seconds


class Overloaded(TryAgain):
    """The publisher failed at the question itself: a smaller one may do where another try does not."""


class Pace:
    """Passes a line on at most once a second, so that progress is readable."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._said_at = time.monotonic()

    def say(self, line: str) -> None:
        """Say a line, unless another was said less than a second ago."""
        now = time.monotonic()
        if now - self._said_at >= 1.0:
            self._said_at = now
            self._progress(line)


class Publisher:
    """One publisher's host, asked for one dataset; use it as a context."""

    def __init__(
        self,
        dataset_id: str,
        address: str,
        progress: Progress,
        patience: Patience = PATIENCE,
        note: str = "",
    ) -> None:
        self.dataset_id = dataset_id
        self.address = address
        self.host = host_of(address)
        self.progress = progress
        self.pace = Pace(progress)
        self.patience = patience
        self._note = note
        self._until = time.monotonic() + patience.download_seconds
        self._client = httpx.Client(
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(patience.silence_seconds, connect=patience.connect_seconds),
            trust_env=not _is_this_machine(
                self.host
            ),  # a council's proxy does not know this machine
        )

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @contextmanager
    def ask(
        self,
        address: str,
        parameters: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx.Response]:
        """Open one answer, its body unread; redirects are followed where they are safe.

        Raises TryAgain for an answer (or none) that may be better in a moment, FileGone for 404 and
        410, DownloadRefused for any other that is not the thing asked for.
        """
        try:
            for _ in range(MAX_REDIRECTS + 1):
                request = self._client.build_request(
                    "GET", address, params=parameters, headers=headers
                )
                response = self._client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        self._check_status(response)
                        yield response
                        return
                finally:
                    response.close()
                address = self._next_address(response)
                parameters = None
        except httpx.TransportError as error:
            kind = Overloaded if isinstance(error, httpx.ReadTimeout) else TryAgain
            raise kind(f"{host_of(address)} broke off ({_in_words(error)})") from error
        except httpx.DecodingError as error:
            raise TryAgain(f"{host_of(address)} sent a body that cannot be unpacked") from error
        raise DownloadRefused(f"{self.host} redirects more than {MAX_REDIRECTS} times")

    def chunks(self, response: httpx.Response, limit_bytes: int, *, raw: bool) -> Iterator[bytes]:
        """Read a body piece by piece, counting; `raw` leaves it as it was packed for the way."""
        until = min(self._until, time.monotonic() + self.patience.answer_seconds)
        size = 0
        # As they come: httpx would keep back, and at a break lose, what fills no whole block.
        for chunk in response.iter_raw() if raw else response.iter_bytes():
            size += len(chunk)
            if size > limit_bytes:
                raise self.too_big(limit_bytes)
            if time.monotonic() > until:
                raise Overloaded(f"{self.host} sends too slowly")
            yield chunk

    def too_big(self, limit_bytes: int) -> TooBig:
        """Make the refusal of a body beyond the bound of its kind."""
        return TooBig(
            f"{self.dataset_id}: {self.host} sends more than {limit_bytes / 1e6:,.0f} MB,"
            " which this dataset never is"
        )

    def gone(self, address: str, answer: str) -> FileGone:
        """Make the refusal of an address that is no more, with the release page that the note names."""
        _, named, page = self._note.rpartition("release page: ")
        told = "its release page has the new one: " if named else "look for its release page. "
        return FileGone(
            f"{self.dataset_id}: the publisher has nothing at {address} any more ({answer});"
            f" {told}{page}".rstrip()
        )

    def persist(self, attempt: Callable[[], Found]) -> Found:
        """Do it, and on TryAgain again after a pause that doubles or that the publisher asked for.

        Raises PublisherUnavailable after the last retry, and at once where the pause asked for or
        the time left is too long or short to be sat out.
        """
        for tries in range(self.patience.retries + 1):
            try:
                return attempt()
            except TryAgain as fault:
                asked = fault.wait_seconds
                pause = self.patience.pause_seconds * 2**tries if asked is None else asked
                if pause > self.patience.longest_pause_seconds:
                    kept = f"{fault}, and asks to be left alone for {pause:,.0f} seconds"
                elif tries == self.patience.retries:
                    kept = f"{fault}, {tries + 1} times"
                elif time.monotonic() + pause > self._until:
                    kept = f"{fault}, and the time for one download is over"
                else:
                    self.progress(
                        f"{self.dataset_id}: {fault}; asking again in {pause:.0f} seconds"
                    )
                    time.sleep(pause)
                    continue
                raise PublisherUnavailable(
                    f"{self.dataset_id}: {kept}; what came is kept, and the same command goes on from it"
                ) from fault
        raise AssertionError("the last try returns or raises")

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in {404, 410}:
            # Without its query: some publishers redirect to addresses that are signed.
            raise self.gone(str(response.request.url.copy_with(query=None)), str(status))
        if status in _BUSY | _OVERLOADED:
            wait = seconds_to_wait(response.headers.get("Retry-After"), datetime.now(UTC))
            kind = Overloaded if status in _OVERLOADED else TryAgain
            raise kind(f"{self.host} answers {status} {response.reason_phrase}".strip(), wait)
        if status == 416:
            return
        if status not in {200, 206}:
            raise DownloadRefused(f"{self.dataset_id}: {self.host} answers {status}, not the file")

    def _next_address(self, response: httpx.Response) -> str:
        now = response.request.url
        try:
            then = now.join(response.headers["Location"])
        except httpx.InvalidURL as error:
            raise DownloadRefused(f"{self.dataset_id}: {now.host} redirects nowhere") from error
        to_web = then.scheme == "https" and not _is_this_machine(then.host)
        stays_here = (
            then.scheme == now.scheme == "http"
            and then.host == now.host
            and _is_this_machine(now.host)
        )
        if not (to_web or stays_here):
            raise DownloadRefused(
                f"{self.dataset_id}: {now.host} redirects to {then.scheme}://{then.host}, which is"
                " not followed"
            )
        return str(then)


def host_of(address: str) -> str:
    """Give the host of an address; raises DownloadRefused for one that is not of the web."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not host:
        raise DownloadRefused(f"{address[:200]!r} is not an address that begins with https://")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise DownloadRefused(f"{address[:200]} would be read unencrypted; write https://")
    return host


def seconds_to_wait(retry_after: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, of seconds or of a date; None where it says nothing readable."""
    told = (retry_after or "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def refuse_web_page(dataset_id: str, start: bytes, content_type: str) -> None:
    """Raise DownloadRefused where an answer is a page for people, by what it says or how it begins."""
    begins = start[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if "html" in content_type.lower() or begins.startswith((b"<!doctype html", b"<html", b"<head")):
        raise DownloadRefused(
            f"{dataset_id}: the publisher answered with a web page where its file should be"
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _in_words(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return "silence for too long"
    return "the body was not whole" if isinstance(error, httpx.RemoteProtocolError) else "cut off"
