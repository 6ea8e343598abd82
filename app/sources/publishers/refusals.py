"""What can be wrong with a download, as the command line says it; decides nothing."""

from __future__ import annotations

from boundaries.errors import Conflict, NotFound, Refused, Unavailable


class NotFetchable(NotFound):
    """The catalogue knows no publisher's address of this dataset that a download could ask."""

    slug = "not-fetchable"
    title = "That dataset cannot be downloaded"


class FileGone(NotFound):
    """The publisher no longer has the file at its address; its release page names the new one."""

    slug = "publishers-file-gone"
    title = "The publisher's file is no longer there"


class DownloadRefused(Refused):
    """What a publisher sent is not the file that was asked for, and nothing of it was kept."""

    slug = "download-refused"
    title = "The download was refused"


class TooBig(DownloadRefused):
    """A publisher sent more than a dataset of its kind ever holds."""

    slug = "download-too-big"
    title = "The download is too big"


class ChangedChecksum(Conflict):
    """A publisher's file is no longer the one recorded; it is laid aside until --accept-new."""

    slug = "changed-checksum"
    title = "The publisher's file has changed"


class FetchUnderway(Conflict):
    """Another process is downloading the same dataset into the same folder."""

    slug = "fetch-underway"
    title = "That dataset is being downloaded already"


class PublisherUnavailable(Unavailable):
    """A publisher did not answer, or not to the end; what came is kept and the next run goes on from it."""

    slug = "publisher-unavailable"
    title = "The publisher does not answer"
