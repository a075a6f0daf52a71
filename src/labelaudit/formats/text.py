"""Sentences in text files: a JSON list a line, and the columns of CoNLL, a token a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.ragged import Ragged
from labelaudit.errors import InputError
from labelaudit.formats.arrays import read_array
from labelaudit.formats.location import Location, locate
from labelaudit.formats.table import read_column

JSON_LINES = {".jsonl", ".ndjson"}
CONLL = {".conll", ".conllu", ".bio", ".iob", ".iob2", ".txt", ".tsv"}

_DOCUMENT = "-DOCSTART-"


def read_sentences(text: str) -> list[list[Any]] | pl.Series:
    """Return a list a sentence: of a JSON Lines or CoNLL file, or a list column of a Parquet file."""
    location = locate(text)
    if location.path.suffix in JSON_LINES:
        return read_json_lines(location)
    if location.path.suffix in CONLL:
        return read_conll(location)
    if location.path.suffix == ".parquet":
        return read_column(location)
    raise InputError(f"{location.path}: expected sentences in a .jsonl, .conll, .txt, .tsv or .parquet file")


def read_token_predictions(text: str, labels: list[list[Any]] | pl.Series) -> Any:
    """Return the probabilities of tokens: nested, or the rows of a matrix with the lengths of the sentences."""
    location = locate(text)
    if location.path.suffix not in {".npy", ".npz"}:
        return read_sentences(text)
    matrix = read_array(location)
    lengths = labels.list.len().to_list() if isinstance(labels, pl.Series) else [len(sentence) for sentence in labels]
    if matrix.ndim != 2 or len(matrix) != sum(lengths):
        raise InputError(
            f"{location}: expected a row of probabilities for each of the {sum(lengths)} labelled tokens, "
            f"got an array of shape {matrix.shape}"
        )
    return Ragged(matrix, np.cumsum([0, *lengths], dtype=np.int64))


def read_json_lines(location: Location) -> list[list[Any]]:
    """Return the list of each line, or of the named key of the object of each line."""
    path, key = location
    sentences = []
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as problem:
            raise InputError(f"{path}: line {number} is no JSON ({problem})") from problem
        if isinstance(value, dict):
            if key not in value:
                found = ", ".join(value)
                raise InputError(
                    f"{path}: line {number} is an object; expected a key after the file, one of {found}, "
                    f"as in {path}:{next(iter(value), 'labels')}"
                )
            value = value[key]
        if not isinstance(value, list):
            raise InputError(f"{path}: expected a list in each line, line {number} holds {str(value)!r:.40}")
        sentences.append(value)
    return sentences


def read_conll(location: Location) -> list[list[str]]:
    """Return one column of each sentence: the last, or the one whose number, from 0, is named.

    Columns are split at tabs, else at spaces; blank lines end sentences; -DOCSTART- lines, and comments before a
    sentence, are no tokens.
    """
    path, part = location
    column = _column_number(location, part)
    sentences: list[list[str]] = []
    sentence: list[str] = []
    width = first = 0
    for number, line in _lines(path):
        if not line.strip():
            if sentence:
                sentences.append(sentence)
            sentence = []
            continue
        cells = line.split("\t") if "\t" in line else line.split()
        if cells[0] == _DOCUMENT:
            continue
        # a token may be a # too: it stands in as many columns as the others
        if line.startswith("# ") and not sentence and len(cells) != width:
            continue
        width, first = (width, first) if width else (len(cells), number)
        if len(cells) != width:
            raise InputError(f"{path}: line {number} has {len(cells)} columns, expected {width} as in line {first}")
        if not -width <= column < width:
            raise InputError(f"{path}: has {width} columns, numbered from 0; expected one of them, got {column}")
        sentence.append(cells[column].strip())
    return [*sentences, sentence] if sentence else sentences


def read_words(location: Location) -> list[list[str]] | None:
    """Return the first column of each sentence of a CoNLL file, None where that holds the labels."""
    words = read_conll(Location(location.path, "0"))
    return None if words == read_conll(location) else words


def _column_number(location: Location, part: str | None) -> int:
    try:
        return -1 if part is None else int(part)
    except ValueError:
        path = location.path
        raise InputError(
            f"{path}: expected the number of a column after the file, as in {path}:0, got {part}"
        ) from None


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                yield number, line.rstrip("\r\n")
    except UnicodeDecodeError as problem:
        raise InputError(f"{path}: is no text in UTF-8 ({problem})") from problem
