"""Whether a GGUF file is what it is taken for: a model, its projector, its adapter."""

from __future__ import annotations

from pathlib import Path

from app.engine.header import Header, Kind, read_header
from app.engine.models.catalog import catalogue
from app.errors import Code, problem


def check_model(path: Path) -> Header:
    """The header of a model that the program can use.

    Raises ``ProblemError``: those of :func:`~app.engine.header.read_header`, and
    ``projector_alone``, ``adapter_alone``, ``model_in_parts``, ``model_kind``.
    """
    header = read_header(path)
    if header.kind is Kind.PROJECTOR:
        raise problem(Code.PROJECTOR_ALONE, path.name)
    if header.kind is Kind.ADAPTER:
        raise problem(Code.ADAPTER_ALONE, path.name)
    if header.parts > 1:
        raise problem(Code.MODEL_IN_PARTS, path.name, str(header.parts))
    if header.architecture not in catalogue().architectures:
        raise problem(Code.MODEL_KIND, path.name, header.architecture or "?")
    if not header.has_template:
        raise problem(Code.MODEL_KIND, path.name, "it was not made for conversations")
    return header


def check_projector(path: Path, model: Header, model_name: str) -> Header:
    """The header of the projector of ``model``, which the user knows as ``model_name``.

    Raises ``ProblemError``: those of :func:`~app.engine.header.read_header`, and
    ``not_a_projector``, ``projector_of_another``.
    """
    header = read_header(path)
    if header.kind is not Kind.PROJECTOR or header.vision is None:
        raise problem(Code.NOT_A_PROJECTOR, path.name)
    # The picture's vectors take the place of the text's, so they must be as long.
    if header.vision.projection != model.embedding:
        raise problem(Code.PROJECTOR_OF_ANOTHER, path.name, model_name)
    return header


def check_adapter(path: Path, architecture: str, model_name: str) -> Header:
    """The header of a LoRA file for a model of this architecture.

    Raises ``ProblemError``: those of :func:`~app.engine.header.read_header`, and
    ``not_an_adapter``, ``adapter_of_another``.
    """
    header = read_header(path)
    if header.kind is not Kind.ADAPTER or header.adapter_type != "lora":
        raise problem(Code.NOT_AN_ADAPTER, path.name)
    if header.architecture != architecture:
        raise problem(Code.ADAPTER_OF_ANOTHER, path.name, model_name)
    return header
