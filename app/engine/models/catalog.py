"""The models that can be downloaded, as data: ``models/catalog.toml``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

from app.document_types import RESOURCES
from app.errors import Code, problem

CATALOGUE = RESOURCES.parent / "models" / "catalog.toml"


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file of a model: the name that it is kept under, and where it comes from.

    ``size`` in bytes is what is expected; ``sha256`` in hexadecimal is "" where it is not
    known, and decides where it is.
    """

    name: str
    address: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model on offer.

    ``label`` and ``good_for`` are for the user.  ``architecture`` is GGUF's
    ``general.architecture``, ``licence`` an SPDX identifier, ``memory`` the bytes that
    reading needs in all.  Without a ``projector`` it sees no pictures; ``looks_ahead``
    says that the file has a layer for speculation (MTP).
    """

    name: str
    label: str
    good_for: str
    licence: str
    architecture: str
    quantisation: str
    memory: int
    file: CatalogueFile
    projector: CatalogueFile | None = None
    looks_ahead: bool = False

    @property
    def files(self) -> tuple[CatalogueFile, ...]:
        """What has to be downloaded, the model first."""
        return (self.file, self.projector) if self.projector is not None else (self.file,)

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models by name, in the order in which they are offered, and the default's name."""

    default: str
    models: dict[str, CatalogueModel]

    def model(self, name: str) -> CatalogueModel:
        """The model called ``name``; raises ``ProblemError`` (``model_unknown``) without one."""
        if name not in self.models:
            raise problem(Code.MODEL_UNKNOWN, name, ", ".join(self.models))
        return self.models[name]

    def by_hash(self, sha256: str) -> CatalogueModel | None:
        """The model whose main file has this hash, or ``None``."""
        return next((m for m in self.models.values() if m.file.sha256 == sha256), None)

    @property
    def architectures(self) -> frozenset[str]:
        """The architectures that the program is made for."""
        return frozenset(model.architecture for model in self.models.values())


class _Model(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    label: str
    good_for: str
    licence: str
    architecture: str
    quantisation: str
    memory: int
    file: CatalogueFile
    projector: str = ""
    looks_ahead: bool = False


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    default: str
    models: list[_Model]
    projectors: dict[str, CatalogueFile]


def parse(text: str) -> Catalogue:
    """A catalogue from its TOML text.

    Raises ``ValueError`` (with what is wrong) for one that is not well formed.
    """
    read = msgspec.convert(tomllib.loads(text), _Catalogue)
    models: dict[str, CatalogueModel] = {}
    for one in read.models:
        if one.name in models:
            raise ValueError(f"the model {one.name!r} stands twice")
        if one.projector and one.projector not in read.projectors:
            raise ValueError(f"the model {one.name!r} names an unknown projector")
        models[one.name] = CatalogueModel(
            one.name,
            one.label,
            one.good_for,
            one.licence,
            one.architecture,
            one.quantisation,
            one.memory,
            one.file,
            read.projectors.get(one.projector),
            one.looks_ahead,
        )
    if read.default not in models:
        raise ValueError(f"the default {read.default!r} is not among the models")
    return Catalogue(read.default, models)


@cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the program, or that ``PAPERCLERK_CATALOGUE`` names.

    Raises ``ProblemError`` (``catalogue_damaged``).
    """
    path = Path(os.environ.get("PAPERCLERK_CATALOGUE") or CATALOGUE)
    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise problem(Code.CATALOGUE_DAMAGED, path.name, error.strerror or "") from error
    except ValueError as error:
        raise problem(Code.CATALOGUE_DAMAGED, path.name, str(error)) from error
