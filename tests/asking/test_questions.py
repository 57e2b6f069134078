"""The questions of the data: each line can be written, and each true result can be said."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.asking.filling import settled
from app.asking.wording import calculation_words, figure_words, grouping_words, sentence
from app.engine.messages import Answer
from app.library.calculation import Calculation, Figure, Figures, Measure
from app.library.notation import read_notation
from tests.data.answer_questions import Question, questions

QUESTIONS = questions()


def figures_of(question: Question) -> Figures:
    """The true result as the library gives it, but for what is missing from it."""
    result = question.result
    rows = [tuple(row) for row in result.get("figures", [])]  # type: ignore[attr-defined]
    return Figures(
        tuple(Figure(group, code, Decimal(value), count) for group, code, value, count in rows),
        result.get("groups", 0),  # type: ignore[arg-type]
        tuple(result.get("listed", [])),  # type: ignore[arg-type]
        result["rows"],  # type: ignore[arg-type]
        (),
        tuple(result.get("subtracted", [])),  # type: ignore[arg-type]
        *result["days"],  # type: ignore[misc]
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.question)
def test_a_model_can_write_its_line(question: Question) -> None:
    written = settled(Answer("a", f"{question.notation}\n", ()))
    assert written == read_notation(question.notation)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.question)
def test_its_true_result_is_said_with_all_its_numbers(question: Question) -> None:
    calculation: Calculation = read_notation(question.notation)
    figures = figures_of(question)
    said = sentence(calculation, figures)
    assert calculation_words(calculation)
    if not figures.rows:
        assert said.startswith("No ")
    elif calculation.measure is Measure.LIST:
        assert said.startswith(f"There are {figures.rows:,} ")
        assert len(figures.listed) in (figures.rows, calculation.limit)
        assert (f" {len(figures.listed)} of them are listed" in said) == bool(
            calculation.limit and calculation.limit < figures.rows
        )
    elif grouping_words(calculation):
        groups = len({figure.group for figure in figures.figures})
        assert (f"of {figures.groups} " in said) == (groups < figures.groups)
    else:
        assert all(figure_words(each, calculation) in said for each in figures.figures)
    assert said.endswith("Credit notes were subtracted.") == bool(figures.subtracted)
