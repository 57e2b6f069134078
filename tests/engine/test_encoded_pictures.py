"""Encoded pictures come back from the disk as they were, or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from app.engine.encoded_pictures import Encoded, EncodedPictures, identity_of, picture_key


def picture(seed: int, tokens: int = 12) -> Encoded:
    numbers = np.random.default_rng(seed).normal(size=(tokens, 64)).astype(np.float32)
    return Encoded(numbers, 4, tokens // 4, 4)


def same(one: Encoded | None, other: Encoded) -> bool:
    return (
        one is not None
        and np.array_equal(one.embeddings, other.embeddings)
        and (one.nx, one.ny, one.positions) == (other.nx, other.ny, other.positions)
    )


def test_what_was_put_comes_back_exactly(tmp_path: Path) -> None:
    kept = EncodedPictures(tmp_path / "a" / "b")
    assert kept.get("x") is None
    kept.put("x", picture(1))
    kept.put("y", picture(2))
    assert same(kept.get("x"), picture(1))
    assert same(EncodedPictures(tmp_path / "a" / "b").get("y"), picture(2))
    assert [path.suffix for path in (tmp_path / "a" / "b").iterdir()] == [".picture"] * 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_file_is_ignored_and_replaced(damage: str, tmp_path: Path) -> None:
    kept = EncodedPictures(tmp_path)
    kept.put("x", picture(1))
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    if damage == "cut":
        del data[-100:]
    elif damage == "flipped":
        data[len(data) // 2] ^= 1
    else:
        data = bytearray(b"" if damage == "empty" else b"something else entirely")
    file.write_bytes(data)
    assert kept.get("x") is None
    kept.put("x", picture(1))
    assert same(kept.get("x"), picture(1))


def test_the_least_recently_used_goes(tmp_path: Path) -> None:
    one = len_of_one(tmp_path / "one")
    kept = EncodedPictures(tmp_path / "kept", most_bytes=3 * one + 10)
    for number, name in enumerate("abc"):
        kept.put(name, picture(number))
        os.utime(tmp_path / "kept" / f"{name}.picture", (1000 + number, 1000 + number))
    assert kept.get("a") is not None  # used just now
    kept.put("d", picture(4))
    assert [name for name in "abcd" if kept.get(name) is not None] == ["a", "c", "d"]


def len_of_one(folder: Path) -> int:
    EncodedPictures(folder).put("x", picture(1))
    return (folder / "x.picture").stat().st_size


def test_one_larger_than_all_room_is_not_kept(tmp_path: Path) -> None:
    kept = EncodedPictures(tmp_path, most_bytes=100)
    kept.put("x", picture(1))
    assert kept.get("x") is None
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept = EncodedPictures(tmp_path / "file" / "folder")
    kept.put("x", picture(1))
    assert kept.get("x") is None


def test_what_an_interrupted_write_left_is_swept_up(tmp_path: Path) -> None:
    (tmp_path / "old.part").write_bytes(b"half")
    os.utime(tmp_path / "old.part", (1000, 1000))
    (tmp_path / "fresh.part").write_bytes(b"somebody else's, just being written")
    EncodedPictures(tmp_path).put("x", picture(1))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fresh.part", "x.picture"]


def test_the_key_tells_pictures_projectors_and_versions_apart() -> None:
    keys = {
        picture_key(data, projector, version)
        for data in (b"one", b"two")
        for projector in ("p", "q")
        for version in ("1", "2")
    }
    assert len(keys) == 8
    assert picture_key(b"one", "p", "1") in keys


@pytest.mark.skipif(sys.platform == "win32", reason="one layout of bytes is enough")
def test_a_projector_is_known_by_its_content_not_its_place(tmp_path: Path) -> None:
    content = bytearray(os.urandom(6_000_000))
    first, moved, tuned, longer = (tmp_path / name for name in ("a", "b", "c", "d"))
    first.write_bytes(content)
    moved.write_bytes(content)
    longer.write_bytes(content + b"\0")
    for start in range(5000, len(content), 10_000):  # training moves all weights a little
        content[start] ^= 1
    tuned.write_bytes(content)
    assert identity_of(first) == identity_of(moved)
    assert len({identity_of(path) for path in (first, tuned, longer)}) == 3
