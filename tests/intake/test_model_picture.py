"""Pages are shown to the model large enough for their print, and no larger."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app.document import Box, Page, Word, WordSource
from app.errors import Code, ProblemError
from app.intake.model_picture import (
    MOST_ENLARGED,
    NEEDED_PRINT,
    PATCH,
    Budget,
    ModelPicture,
    resolution_for,
    small_of,
)
from app.intake.model_picture_child import ink_of, measured_sizes, prepare

sides = st.integers(1, 6000)
prints = st.one_of(st.just(0.0), st.floats(0.5, 500))
budgets = st.builds(
    lambda least, more: Budget(least, least + more), st.integers(8, 600), st.integers(0, 3500)
)


@given(sides, sides, prints, budgets)
def test_never_above_the_budget_and_always_whole_patches(
    width: int, height: int, print_px: float, budget: Budget
) -> None:
    size = resolution_for(width, height, print_px, budget)
    assert 8 <= size.tokens <= budget.most
    assert size.width % PATCH == size.height % PATCH == 0
    assert 1 <= size.content_width <= size.width
    assert 1 <= size.content_height <= size.height


@given(sides, sides, prints, budgets)
def test_proportions_are_kept_to_the_pixel(
    width: int, height: int, print_px: float, budget: Budget
) -> None:
    size = resolution_for(width, height, print_px, budget)
    assert abs(size.content_width - width * size.scale) <= 1.001
    assert abs(size.content_height - height * size.scale) <= 1.001


@given(sides, sides, prints, budgets)
def test_never_enlarged_beyond_need(
    width: int, height: int, print_px: float, budget: Budget
) -> None:
    scale = resolution_for(width, height, print_px, budget).scale
    assert scale <= MOST_ENLARGED
    if not 0 < print_px < NEEDED_PRINT:
        assert scale <= 1
    elif scale > 1:
        assert print_px * scale <= NEEDED_PRINT + 1e-6


@given(sides, sides, st.floats(6, 200), budgets)
def test_print_is_as_large_as_needed_unless_the_budget_forbids(
    width: int, height: int, print_px: float, budget: Budget
) -> None:
    size = resolution_for(width, height, print_px, budget)
    if print_px * size.scale < NEEDED_PRINT - 1e-6:
        # Then a little more would not have fitted.
        more = size.scale * 1.001
        across, down = (math.ceil(side * more / PATCH) for side in (width, height))
        assert across * down > budget.most


@given(sides, sides, prints, budgets, st.integers(1, 1000))
def test_a_larger_budget_never_gives_a_smaller_picture(
    width: int, height: int, print_px: float, budget: Budget, more: int
) -> None:
    larger = Budget(budget.least, budget.most + more)
    before = resolution_for(width, height, print_px, budget).scale
    assert resolution_for(width, height, print_px, larger).scale >= before - 1e-9


def test_an_ordinary_page_costs_less_than_its_stored_picture() -> None:
    # A4 at 120 dots per inch, print of 10 points and of 7.
    usual, small = (resolution_for(992, 1403, points * 120 / 72) for points in (10, 7))
    assert (usual.width, usual.height, usual.tokens) == (736, 1024, 736)
    assert (small.width, small.height, small.tokens) == (960, 1344, 1260)


@pytest.mark.parametrize("size", [(0, 10), (10, 0), (-1, 5)])
def test_a_picture_without_pixels_is_an_error(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        resolution_for(*size, 10.0)


@pytest.mark.parametrize("limits", [(0, 100), (200, 100), (7, 9)])
def test_a_senseless_budget_is_an_error(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="budget"):
        Budget(*limits)


def test_the_small_print_counts_not_the_smallest_word() -> None:
    assert small_of([]) == 0.0
    assert small_of([0.0, 0.0]) == 0.0
    assert small_of([1.0] + [6.0] * 4 + [10.0] * 20) == 6.0


WIDTH, HEIGHT = 1000, 1400


class Sheet:
    """A page that is drawn here, with the words that were written on it."""

    def __init__(self, source: WordSource = WordSource.TEXT) -> None:
        self.picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
        self.pen = ImageDraw.Draw(self.picture)
        self.words: list[Word] = []
        self.source = source

    def write(self, x: int, y: int, text: str, size: int, fill: str = "black") -> None:
        for word in text.split():
            box = self.pen.textbbox((x, y), word, font_size=size)
            self.pen.text((x, y), word, fill=fill, font_size=size)
            pad = size * 0.3 if self.source is WordSource.OCR else 0
            edges = Box(
                (box[0] - pad) / WIDTH,
                (box[1] - pad) / HEIGHT,
                (box[2] + pad) / WIDTH,
                (box[3] + pad) / HEIGHT,
            )
            self.words.append(Word(word, edges, 1.0, size * 1.5 / HEIGHT if pad else size / HEIGHT))
            x = int(box[2]) + size // 3

    def lines(self, top: int, count: int, size: int) -> None:
        for number in range(count):
            y = top + number * size * 2
            self.write(200, y, f"Position {number} Schrauben 4,00 Muttern 12,50 {number}7", size)

    def prepared(self, work: Path, budget: Budget | None = None) -> ModelPicture:
        path = work / "page.jpg"
        self.picture.save(path, "JPEG", quality=85)
        page = Page(1, 595, 842, tuple(self.words), self.source, "page.jpg")
        return prepare(path, page, work, budget) if budget else prepare(path, page, work)


def shown(made: ModelPicture) -> Image.Image:
    return Image.open(made.path)


def test_margins_go_and_print_stays(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(300, 20, 20)
    made = sheet.prepared(tmp_path, Budget(64, 1280))
    assert made.box.x0 > 0.1
    assert made.box.y0 > 0.1
    assert made.box.y1 < 0.9
    for word in sheet.words:
        assert made.box.x0 <= word.box.x0
        assert word.box.x1 <= made.box.x1
        assert made.box.y0 <= word.box.y0
        assert word.box.y1 <= made.box.y1
    assert abs(made.print_px - NEEDED_PRINT) < 0.1
    picture = shown(made)
    assert picture.size == (made.width, made.height)
    assert made.tokens == made.width * made.height // PATCH**2
    assert made.key == hashlib.sha256(Path(made.path).read_bytes()).hexdigest()


def test_what_no_word_covers_is_not_cut_off(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(600, 10, 20)
    before = sheet.prepared(tmp_path).box
    sheet.pen.ellipse((820, 60, 960, 160), outline="#3050c0", width=3)  # a stamp
    sheet.pen.text((60, 1340), "7", fill="#909090", font_size=14)  # a page number
    after = sheet.prepared(tmp_path).box
    assert before.y0 > 0.4
    assert after.y0 <= 60 / HEIGHT
    assert after.x1 >= 960 / WIDTH
    assert after.x0 <= 60 / WIDTH
    assert after.y1 >= 1352 / HEIGHT


def test_words_without_visible_ink_are_not_cut_off(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(600, 10, 20)
    sheet.write(40, 40, "faint", 20, fill="#f4f4f4")
    assert sheet.prepared(tmp_path).box.y0 <= 40 / HEIGHT


def test_dirt_does_not_keep_the_margins(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(600, 10, 20)
    clean = sheet.prepared(tmp_path).box
    for x, y in ((30, 30), (955, 1371), (500, 100)):
        sheet.pen.ellipse((x, y, x + 2, y + 2), fill="#505050")
    assert sheet.prepared(tmp_path).box == clean


def test_shaded_paper_has_margins_too(tmp_path: Path) -> None:
    shade = np.linspace(250, 170, WIDTH)[None, :, None].repeat(HEIGHT, 0).repeat(3, 2)
    sheet = Sheet()
    sheet.picture = Image.fromarray(shade.astype(np.uint8))
    sheet.pen = ImageDraw.Draw(sheet.picture)
    sheet.lines(600, 10, 20)
    assert sheet.prepared(tmp_path).box.y0 > 0.3


def desk(sheet: Sheet) -> None:
    """Turn the white ground into a grainy brown one."""
    grain = np.random.default_rng(5).normal(110, 8, (HEIGHT, WIDTH, 1)).repeat(3, 2)
    sheet.picture = Image.fromarray(grain.clip(0, 255).astype(np.uint8))
    sheet.pen = ImageDraw.Draw(sheet.picture)


def test_the_desk_around_a_receipt_is_not_shown(tmp_path: Path) -> None:
    sheet = Sheet(WordSource.OCR)
    desk(sheet)
    sheet.pen.rectangle((150, 200, 800, 900), fill="#e8e8e4")
    sheet.lines(260, 12, 16)
    sheet.pen.ellipse((640, 780, 780, 880), outline="#3050c0", width=3)  # a stamp
    made = sheet.prepared(tmp_path)
    assert made.box.x0 > 0.1
    assert made.box.y1 < 0.72
    assert made.box.y1 >= 880 / HEIGHT
    sheet.pen.rectangle((100, 1000, 500, 1300), fill="#f0f0ec")  # a note without a word read
    sheet.pen.line([(150, 1050), (300, 1200), (420, 1080)], "black", 4)
    assert sheet.prepared(tmp_path).box.y1 >= 1200 / HEIGHT


def test_a_dark_band_with_a_logo_is_no_desk(tmp_path: Path) -> None:
    sheet = Sheet(WordSource.OCR)
    sheet.pen.rectangle((0, 0, WIDTH, 260), fill="#203860")
    sheet.pen.ellipse((80, 60, 200, 180), fill="#e0b030")
    sheet.lines(500, 15, 18)
    made = sheet.prepared(tmp_path)
    assert made.box.y0 <= 60 / HEIGHT
    assert made.box.x0 <= 80 / WIDTH


def test_a_blank_page_is_shown_whole(tmp_path: Path) -> None:
    made = Sheet().prepared(tmp_path)
    assert made.print_px == 0.0
    assert made.box.x0 <= 0
    assert made.box.x1 >= 1


def test_small_print_gets_more_pixels_than_large(tmp_path: Path) -> None:
    tokens = []
    for size in (12, 16, 24):
        sheet = Sheet()
        sheet.lines(100, 25, size)
        sheet.pen.rectangle((40, 40, 960, 1360), outline="black")
        tokens.append(sheet.prepared(tmp_path, Budget(64, 2000)).tokens)
    assert tokens[0] > tokens[1] * 1.4 > tokens[2] * 2


def test_the_boxes_of_ocr_do_not_make_small_print_look_large(tmp_path: Path) -> None:
    sizes = []
    for source in (WordSource.TEXT, WordSource.OCR):
        sheet = Sheet(source)
        sheet.lines(100, 25, 14)
        sizes.append(sheet.prepared(tmp_path))
    assert abs(sizes[0].width / sizes[1].width - 1) < 0.12


@pytest.mark.parametrize("size", [12, 16, 20, 30])
@pytest.mark.parametrize("dark", [False, True])
def test_print_is_measured_by_its_ink(size: int, dark: bool) -> None:
    sheet = Sheet(WordSource.OCR)
    if dark:
        sheet.pen.rectangle((0, 0, WIDTH, HEIGHT), fill="#203040")
    for number in range(12):
        y = 60 + number * size * 3
        sheet.write(100, y, "more Total 123,45 Tagung Summe", size, "white" if dark else "black")
    sizes = measured_sizes(np.asarray(sheet.picture.convert("L")), tuple(sheet.words))
    assert abs(float(np.median(sizes)) / size - 1) < 0.15


def test_unread_print_is_still_given_enough_pixels(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(100, 30, 16)
    read = sheet.prepared(tmp_path)
    sheet.words.clear()
    sheet.source = WordSource.NONE
    unread = sheet.prepared(tmp_path)
    assert unread.width >= 0.85 * read.width


def test_a_narrow_receipt_and_a_tiny_picture_fit(tmp_path: Path) -> None:
    for number, (width, height) in enumerate(((300, 6000), (6000, 300), (12, 9))):
        path = tmp_path / f"{number}.png"
        Image.new("RGB", (width, height), "#808080").save(path)
        made = prepare(path, Page(1, 100, 100, (), WordSource.NONE, path.name), tmp_path)
        assert 8 <= made.tokens <= 1280
        assert shown(made).size == (made.width, made.height)


def test_a_picture_that_notes_its_orientation_is_turned(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    picture = Image.new("RGB", (800, 400), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 799, 399), outline="black", width=4)
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, "JPEG", exif=exif)
    made = prepare(path, Page(1, 100, 200, (), WordSource.NONE, path.name), tmp_path)
    assert made.height > made.width


def test_the_same_page_gives_the_same_key(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(300, 20, 20)
    assert sheet.prepared(tmp_path).key == sheet.prepared(tmp_path).key


def test_a_lost_or_damaged_picture_says_so(tmp_path: Path) -> None:
    page = Page(1, 100, 100, (), WordSource.NONE, "page.jpg")
    with pytest.raises(ProblemError) as raised:
        prepare(tmp_path / "page.jpg", page, tmp_path)
    assert raised.value.problem.code is Code.VANISHED
    (tmp_path / "page.jpg").write_bytes(b"not a picture")
    with pytest.raises(ProblemError) as raised:
        prepare(tmp_path / "page.jpg", page, tmp_path)
    assert raised.value.problem.code is Code.DAMAGED


def test_ink_that_no_word_accounts_for_is_found(tmp_path: Path) -> None:
    sheet = Sheet()
    sheet.lines(300, 20, 20)
    sheet.prepared(tmp_path)
    page = Page(1, 595, 842, tuple(sheet.words), sheet.source, "page.jpg")
    typed = ink_of(tmp_path / "page.jpg", page)
    assert typed.printed > 0.05
    assert typed.unread < 0.05

    for y in range(900, 1300, 12):  # a scrawl
        sheet.pen.line([(x, y + 9 * (x % 40 > 20)) for x in range(100, 900, 10)], "#203080", 3)
    sheet.prepared(tmp_path)
    scrawled = ink_of(tmp_path / "page.jpg", page)
    assert scrawled.unread > 0.5

    Sheet().prepared(tmp_path)
    blank = ink_of(tmp_path / "page.jpg", Page(1, 595, 842, (), WordSource.NONE, "page.jpg"))
    assert (blank.printed, blank.unread) == (0.0, 0.0)
