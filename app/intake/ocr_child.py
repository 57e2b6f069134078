"""Reading a picture: find the lines of print, turn the page upright and level, read them.

RapidOCR's parts are driven one by one, because the page's orientation and skew have to be
known before its lines are read, and because the models work best at different sizes: finding
lines on a smaller picture, reading them on the full one.  The models come with RapidOCR's
wheel; their paths are given, so that it has no reason to download anything.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import psutil
import rapidocr
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidocr.ch_ppocr_rec.typings import TextRecInput
from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

from app.document import Box, Word
from app.intake.ocr_words import Line, split_line
from app.intake.picture_child import Pixels
from app.intake.printed_words import as_seen

_FIND_PIXELS = 1_400_000
_FIND_MORE_PIXELS = 2_600_000
_SMALL_PRINT = 15.0  # pixels: lines that are lower when searched for are easily missed
_MOST_OF = 0.45  # of the picture; print that covers less is looked at again from closer
_LONG = 2.5  # times as long as wide; longer pictures are searched in parts of this shape
_READ_PIXELS = 8_000_000
_LEAST_SIDE = 16
_LEAST_CONFIDENCE = 0.5
_MAX_LINES = 700
_TELLING = 6  # letters
_LIKE = 70.0  # of 100
_SAMPLE = 10  # lines that are looked at to tell which way is up
_TYPE_SIZE = 0.73  # of a found line's height
_LEVEL = 0.25  # degrees; less skew than this is left alone
_STEEPEST = 25.0

Quads = NDArray[np.float32]
"""Lines × 4 corners (top left, top right, bottom right, bottom left) × (x, y) in pixels."""


@dataclass(frozen=True, slots=True)
class PictureReading:
    """What stands on a picture.

    ``pixels`` is the picture turned upright and level; the words' boxes are fractions of it.
    ``turned`` is how far it was turned (0, 90, 180 or 270 degrees clockwise), ``skew`` by how
    many degrees it was then levelled.
    """

    words: tuple[Word, ...]
    pixels: Pixels
    turned: int = 0
    skew: float = 0.0

    @property
    def moved(self) -> bool:
        return self.turned != 0 or self.skew != 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        notes: list[str] = []
        if self.turned:
            notes.append(f"turned by {self.turned}°")
        if self.skew:
            notes.append(f"straightened by {abs(self.skew):.1f}°")
        return tuple(notes)


@cache
def _engine() -> rapidocr.RapidOCR:
    models = Path(rapidocr.__file__).parent / "models"
    threads = psutil.cpu_count(logical=False) or 1
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.return_word_box": True,
            "Global.max_side_len": 4_000,
            "Global.model_root_dir": str(models),
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Cls.model_path": str(models / "ch_ppocr_mobile_v2.0_cls_mobile.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def read_picture(pixels: Pixels, is_level: bool = False) -> PictureReading:
    """The words on a picture in reading order; no words if there is nothing to read.

    ``is_level`` says that the picture is known to be upright and level.
    Raises ``RuntimeError`` if the libraries give up on it.
    """
    try:
        return _read(pixels, is_level)
    except (cv2.error, ONNXRuntimeError) as error:
        raise RuntimeError("the picture could not be read") from error


def _read(pixels: Pixels, is_level: bool) -> PictureReading:
    picture = _bounded(pixels, _READ_PIXELS)
    if min(picture.shape[:2]) < _LEAST_SIDE:
        return PictureReading((), picture)
    quads = _find_lines(picture)
    if not len(quads):
        return PictureReading((), picture)
    turned = 0 if is_level else _turn_needed(picture, quads)
    if turned:
        quads = _turn_quads(quads, picture.shape[1], picture.shape[0], turned)
        picture = np.ascontiguousarray(np.rot90(picture, k=-turned // 90))
    skew = 0.0 if is_level else _skew_of(quads)
    if abs(skew) >= _LEVEL:
        picture, quads = _level(picture, quads, skew)
    else:
        skew = 0.0
    words = _read_lines(picture, _in_order(quads))
    return PictureReading(words, picture, turned, skew)


def agrees(pixels: Pixels, words: Sequence[Word]) -> bool:
    """Whether some of the words, read again from the picture, are what they claim to be."""
    height, width = pixels.shape[:2]
    telling = sorted(
        (word for word in words if len(word.text) >= _TELLING and word.box.width > 0),
        key=lambda word: -len(word.text),
    )
    sample = [word for word in telling if len(word.text) <= 3 * _TELLING][:_SAMPLE]
    if len(sample) < 3:
        return True
    crops = []
    for word in sample:
        pad = word.box.height * height * 0.15
        top, bottom = word.box.y0 * height - pad, word.box.y1 * height + pad
        left, right = word.box.x0 * width - pad, word.box.x1 * width + pad
        crop = pixels[max(0, int(top)) : int(bottom) + 1, max(0, int(left)) : int(right) + 1]
        crops.append(np.ascontiguousarray(crop))
    likeness = [
        fuzz.ratio(word.text.casefold(), text.replace(" ", "").casefold())
        for word, text in zip(sample, _engine().recognize_txt(crops).txts, strict=True)
    ]
    return float(np.median(likeness)) >= _LIKE


def _bounded(pixels: Pixels, most: int) -> Pixels:
    height, width = pixels.shape[:2]
    if height * width <= most:
        return np.ascontiguousarray(pixels)
    scale = math.sqrt(most / (height * width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _find_lines(picture: Pixels) -> Quads:
    """The lines of print; a long picture (a till receipt) is searched in overlapping parts."""
    height, width = picture.shape[:2]
    along = 0 if height >= width else 1
    length = max(height, width)
    part = round(_LONG * min(height, width))
    if length <= part * 1.2:
        return _find_closer(picture, _find_in(picture))[:_MAX_LINES]
    found: list[Quads] = []
    overlap = part // 8
    for start in range(0, length - overlap, part - overlap):
        end = min(length, start + part)
        piece = picture[start:end] if along == 0 else picture[:, start:end]
        quads = _find_in(np.ascontiguousarray(piece))
        quads[..., 1 - along] += start
        middle = quads[..., 1 - along].mean(axis=1)
        after = start + overlap / 2 if start else 0
        before = end - overlap / 2 if end < length else length
        found.append(quads[(middle >= after) & (middle < before)])
    return np.concatenate(found)[:_MAX_LINES]


def _find_closer(picture: Pixels, quads: Quads) -> Quads:
    """Look again where the first look, at a smaller picture, was from too far away.

    That is so for a photo that shows much beside the paper, and for small print.
    """
    height, width = picture.shape[:2]
    scale = _search_scale(picture, _FIND_PIXELS)
    if len(quads) < 4 or scale > 0.9:
        return quads
    line = float(np.median(_lengths(quads)[1]))
    x0, y0 = np.maximum(quads.min(axis=(0, 1)) - 2 * line, 0).astype(int)
    x1, y1 = np.minimum(quads.max(axis=(0, 1)) + 2 * line, (width, height)).astype(int)
    is_small = line * scale < _SMALL_PRINT
    if not is_small and (x1 - x0) * (y1 - y0) > _MOST_OF * height * width:
        return quads
    part = np.ascontiguousarray(picture[y0:y1, x0:x1])
    closer = _find_in(part, _FIND_MORE_PIXELS if is_small else _FIND_PIXELS)
    if len(closer) < len(quads) * 0.8:
        return quads
    return closer + np.array([x0, y0], dtype=np.float32)


def _search_scale(picture: Pixels, most: int) -> float:
    return min(1.0, math.sqrt(most / (picture.shape[0] * picture.shape[1])))


def _find_in(picture: Pixels, most: int = _FIND_PIXELS) -> Quads:
    height, width = picture.shape[:2]
    scale = _search_scale(picture, most)
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    found = _engine()(
        cv2.cvtColor(small, cv2.COLOR_RGB2BGR), use_det=True, use_cls=False, use_rec=False
    )
    if found.boxes is None:
        return np.zeros((0, 4, 2), dtype=np.float32)
    ratio = np.array([width / small.shape[1], height / small.shape[0]], dtype=np.float32)
    return np.asarray(found.boxes, dtype=np.float32) * ratio


def _lengths(quads: Quads) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Width and height of every line along its own edges."""
    across = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    down = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    return across, down


def _turn_needed(picture: Pixels, quads: Quads) -> int:
    """How many degrees clockwise bring the page upright: 0, 90, 180 or 270."""
    across, down = _lengths(quads)
    standing = down > across * 1.5
    lying = across > down * 1.5
    sideways = float(down[standing].sum()) > float(across[lying].sum())
    chosen = np.flatnonzero(standing if sideways else lying)
    if not len(chosen):
        return 0
    longest = chosen[np.argsort(-np.maximum(across, down)[chosen])][:_SAMPLE]
    if sideways:
        picture = np.ascontiguousarray(np.rot90(picture))  # counter-clockwise: 270°
        quads = _turn_quads(quads, picture.shape[0], picture.shape[1], 270)
    crops = _crops(picture, quads[longest])
    _, result = _engine().cls_and_rotate([crop.copy() for crop in crops])
    over = sum(score for label, score in result.cls_res if "180" in label)
    upright = sum(score for label, score in result.cls_res if "180" not in label)
    flipped = over > 0 and over >= upright * 0.4 and _reads_better_flipped(crops)
    if sideways:
        return 90 if flipped else 270
    return 180 if flipped else 0


def _reads_better_flipped(crops: Sequence[Pixels]) -> bool:
    """The classifier alone errs on short or stylised lines, so the reader decides."""
    some = list(crops[:6])
    flipped = [np.ascontiguousarray(np.rot90(crop, 2)) for crop in some]
    return _mean_confidence(flipped) > _mean_confidence(some) + 0.03


def _mean_confidence(crops: Sequence[Pixels]) -> float:
    result = _engine().recognize_txt(list(crops))
    weights = [max(1, len(text)) for text in result.txts]
    return float(np.average(result.scores, weights=weights))


def _turn_quads(quads: Quads, width: int, height: int, turned: int) -> Quads:
    """Corners after the picture (width × height before) is turned clockwise, reordered so that
    the first is again the top left one."""
    x, y = quads[..., 0], quads[..., 1]
    if turned == 90:
        moved = np.stack([height - y, x], axis=-1)
    elif turned == 180:
        moved = np.stack([width - x, height - y], axis=-1)
    else:
        moved = np.stack([y, width - x], axis=-1)
    return np.stack([_ordered(quad) for quad in moved]).astype(np.float32)


def _ordered(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    by_sum = quad.sum(axis=1)
    by_difference = quad[:, 0] - quad[:, 1]
    return np.stack(
        [
            quad[np.argmin(by_sum)],
            quad[np.argmax(by_difference)],
            quad[np.argmax(by_sum)],
            quad[np.argmin(by_difference)],
        ]
    )


def _skew_of(quads: Quads) -> float:
    """Degrees by which long lines fall to the right; the median, weighted by length."""
    across, down = _lengths(quads)
    long = across > down * 4
    if not long.any():
        return 0.0
    vector = (quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3])[long]
    angles = np.degrees(np.arctan2(vector[:, 1], vector[:, 0]))
    order = np.argsort(angles)
    weight = np.cumsum(across[long][order])
    middle = float(angles[order][np.searchsorted(weight, weight[-1] / 2)])
    return middle if abs(middle) <= _STEEPEST else 0.0


def _level(picture: Pixels, quads: Quads, skew: float) -> tuple[Pixels, Quads]:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1.0)
    # The canvas grows so that no corner is cut off.
    cosine, sine = abs(matrix[0, 0]), abs(matrix[0, 1])
    grown = (round(width * cosine + height * sine), round(height * cosine + width * sine))
    matrix[0, 2] += (grown[0] - width) / 2
    matrix[1, 2] += (grown[1] - height) / 2
    border = np.median(picture[:: max(1, height // 50), :: max(1, width // 50)], axis=(0, 1))
    levelled = cv2.warpAffine(
        picture,
        matrix,
        grown,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=tuple(float(value) for value in border),
    )
    moved = cv2.transform(quads, matrix)
    return np.asarray(levelled, dtype=np.uint8), np.asarray(moved, dtype=np.float32)


def _in_order(quads: Quads) -> Quads:
    """Top to bottom, and left to right among lines at the same height."""
    top = quads[..., 1].min(axis=1)
    bottom = quads[..., 1].max(axis=1)
    left = quads[..., 0].min(axis=1)
    middle = (top + bottom) / 2
    rows: list[list[int]] = []
    for index in np.argsort(middle):
        row = rows[-1] if rows else []
        if row and abs(middle[index] - middle[row[-1]]) < 0.5 * min(
            bottom[index] - top[index], bottom[row[-1]] - top[row[-1]]
        ):
            row.append(int(index))
        else:
            rows.append([int(index)])
    order = [index for row in rows for index in sorted(row, key=lambda i: float(left[i]))]
    return quads[order]


def _crops(picture: Pixels, quads: Quads) -> list[Pixels]:
    crops = _engine().crop_text_regions(picture, quads)
    return [np.ascontiguousarray(crop[..., ::-1]) for crop in crops]


def _read_lines(picture: Pixels, quads: Quads) -> tuple[Word, ...]:
    height, width = picture.shape[:2]
    crops = _crops(picture, quads)
    result = _engine()._load_rec_model()(TextRecInput(img=crops, return_word_box=True))
    words: list[Word] = []
    for quad, crop, text, score, info in zip(
        quads, crops, result.txts, result.scores, result.word_results, strict=True
    ):
        if not text.strip() or score < _LEAST_CONFIDENCE:
            continue
        columns = tuple(column for word in info.word_cols for column in word)
        line = Line(text, columns, float(info.line_txt_len), tuple(info.confs))
        across, down = _lengths(quad[None])
        upright = bool(down[0] > across[0] * 1.5)  # the crop was turned to be read
        for part in split_line(line, crop):
            corners = _corners(quad, part.start, part.end, upright)
            box = Box(
                _clip(corners[:, 0].min() / width),
                _clip(corners[:, 1].min() / height),
                _clip(corners[:, 0].max() / width),
                _clip(corners[:, 1].max() / height),
            )
            size = float(min(across[0], down[0])) * _TYPE_SIZE / height
            words.append(Word(part.text, box, round(part.confidence, 4), round(size, 5)))
    return as_seen(words, height / width)


def _corners(quad: NDArray[np.float32], start: float, end: float, upright: bool) -> Quads:
    """The part of a line's quad between two fractions of its length."""
    if upright:  # read from the bottom to the top
        a, b, c, d = quad[3], quad[0], quad[1], quad[2]
    else:
        a, b, c, d = quad[0], quad[1], quad[2], quad[3]
    corners = [a + (b - a) * start, a + (b - a) * end, d + (c - d) * end, d + (c - d) * start]
    return np.stack(corners).astype(np.float32)


def _clip(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 5)
