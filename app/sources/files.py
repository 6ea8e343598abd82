"""Finds the file of a dataset: in the mirror first, else among the downloads; opens none."""

from __future__ import annotations

from pathlib import Path

from app.sources.catalogue import Dataset

# What a finished download is called behind the dataset's id, by the way it is fetched.
SUFFIXES = {"arcgis": ".geojsonl", "file": ".csv", "code-point-open": ".zip"}


def download_folder(dataset: Dataset, data_dir: Path) -> Path:
    """Name the one folder that a dataset's downloads are written to; it need not exist."""
    return data_dir / "downloads" / dataset.id


def fetched_path(dataset: Dataset, data_dir: Path) -> Path | None:
    """Name the file that a finished download is, there or not; None for what is never downloaded."""
    if dataset.fetch is None:
        return None
    return download_folder(dataset, data_dir) / f"{dataset.id}{SUFFIXES[dataset.fetch]}"


def find_file(dataset: Dataset, mirror: Path | None, data_dir: Path) -> Path | None:
    """Find a dataset's file: the mirror's copy, else the download; None where neither is there."""
    if mirror is not None and dataset.path is not None and (mirror / dataset.path).is_file():
        return mirror / dataset.path
    fetched = fetched_path(dataset, data_dir)
    return fetched if fetched is not None and fetched.is_file() else None
