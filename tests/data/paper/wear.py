"""What scanners and cameras do to a clean page.  Pictures are arrays of BGR bytes."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pymupdf

Picture = npt.NDArray[np.uint8]


def picture_of(page: pymupdf.Pixmap) -> Picture:
    """A page as a picture."""
    rows = np.frombuffer(page.samples, np.uint8).reshape(page.height, page.width, page.n)
    return np.ascontiguousarray(rows[:, :, 2::-1])


def scanned(clean: Picture, seed: int, *, skew: float = 1.3, noise: float = 9.0) -> Picture:
    """A grey flatbed scan: turned by ``skew`` degrees, uneven, noisy and specked."""
    chance = np.random.default_rng(seed)
    grey = cv2.cvtColor(clean, cv2.COLOR_BGR2GRAY)
    high, wide = grey.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), skew, 1.0)
    grey = cv2.warpAffine(grey, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=235)
    grey = cv2.GaussianBlur(grey, (0, 0), 0.7)
    shade = np.linspace(0.97, 1.0, wide)[None, :] * np.linspace(1.0, 0.95, high)[:, None]
    worn = grey * shade * 0.92 + 14 + chance.normal(0, noise, grey.shape)
    for _ in range(60):
        y, x = chance.integers(0, high - 3), chance.integers(0, wide - 3)
        worn[y : y + chance.integers(1, 3), x : x + chance.integers(1, 3)] = chance.integers(
            60, 170
        )
    return _bytes(worn)


def photographed(
    clean: Picture,
    seed: int,
    *,
    tilt: float = 0.05,
    blur: float = 0.8,
    noise: float = 5.0,
    light: float = 0.35,
    crumple: float = 2.0,
    margin: float = 0.08,
) -> Picture:
    """A hand-held photo of the paper on a table, from a little aside, in uneven light.

    ``tilt`` and ``margin`` are fractions of the paper's size, ``crumple`` is in pixels,
    ``light`` is how much darker the far corner is.
    """
    chance = np.random.default_rng(seed)
    high, wide = clean.shape[:2]
    paper = _crumpled(clean, chance, crumple)
    edge_x, edge_y = int(wide * margin) + 30, int(high * margin) + 30
    size = (wide + 2 * edge_x, high + 2 * edge_y)
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    moved = corners + np.array([edge_x, edge_y], np.float32)
    reach = tilt * min(wide, high)
    moved += chance.uniform(-reach, reach, (4, 2)).astype(np.float32)
    turn = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    table = _table(size, chance)
    shape = cv2.warpPerspective(np.full((high, wide), 255, np.uint8), turn, size)
    shadow = cv2.GaussianBlur(np.roll(shape, (10, 8), (0, 1)), (0, 0), 12) / 255.0
    table = table * (1 - 0.45 * shadow[:, :, None])
    laid = cv2.warpPerspective(paper, turn, size, flags=cv2.INTER_AREA)
    cover = (cv2.GaussianBlur(shape, (0, 0), 0.8) / 255.0)[:, :, None]
    scene = laid * np.array([0.93, 0.965, 0.985]) * cover + table * (1 - cover)
    scene = scene * _light(size, chance, light)[:, :, None]
    scene = cv2.GaussianBlur(scene, (0, 0), blur)
    return _bytes(scene + chance.normal(0, noise, scene.shape))


def faded(clean: Picture, seed: int, strength: float = 0.45) -> Picture:
    """Thermal print that has paled in stripes."""
    chance = np.random.default_rng(seed)
    stripes = cv2.GaussianBlur(
        chance.uniform(0, 1, (clean.shape[0], 1)).astype(np.float32), (1, 61), 0
    )
    stripes = (stripes - stripes.min()) / max(float(np.ptp(stripes)), 1e-6)
    weight = 1 - strength * (0.4 + 0.6 * stripes)[:, :, None]
    return _bytes(255 - (255 - clean.astype(np.float32)) * weight)


def jpeg(picture: Picture, quality: int = 70) -> bytes:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("no JPEG")
    return data.tobytes()


def png(picture: Picture) -> bytes:
    done, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise ValueError("no PNG")
    return data.tobytes()


def _crumpled(clean: Picture, chance: np.random.Generator, strength: float) -> Picture:
    high, wide = clean.shape[:2]
    down, across = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = chance.uniform(0, 6.28, 4)
    across += (
        strength * np.sin(down / (high / 5) + wave[0]) + strength * np.sin(down / 90 + wave[1]) / 3
    )
    down += strength * np.sin(across / (wide / 2.5) + wave[2])
    moved = cv2.remap(clean, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    folds = 1 + 0.035 * np.sin(down / (high / 9) + wave[3])
    return _bytes(moved * folds[:, :, None])


def _table(size: tuple[int, int], chance: np.random.Generator) -> npt.NDArray[np.float32]:
    wide, high = size
    grain = chance.normal(0, 1, (high, max(wide // 90, 2))).astype(np.float32)
    grain = cv2.resize(cv2.GaussianBlur(grain, (1, 5), 0), size, interpolation=cv2.INTER_CUBIC)
    wood = np.array([58, 84, 122], np.float32) * chance.uniform(0.75, 1.2)
    return np.clip(wood + grain[:, :, None] * 9, 0, 255).astype(np.float32)


def _light(
    size: tuple[int, int], chance: np.random.Generator, strength: float
) -> npt.NDArray[np.float32]:
    wide, high = size
    x, y = chance.uniform(0.2, 0.8), chance.uniform(0.1, 0.6)
    down, across = np.mgrid[0 : 1 : high * 1j, 0 : 1 : wide * 1j]
    return (1.06 - strength * np.hypot(across - x, down - y)).astype(np.float32)


def _bytes(values: npt.NDArray[np.floating]) -> Picture:  # type: ignore[type-arg]
    return np.clip(values, 0, 255).astype(np.uint8)
