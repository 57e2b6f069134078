"""A catalogue of two models that a server on loopback really has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.engine.model_server import Answer, ModelServer, sha256
from tests.tiny_model import tiny_models

_CATALOGUE = """
default = "m"
[projectors.p]
name = "mmproj.gguf"
address = "{address}/p"
size = {sight_size}
sha256 = "{sight_hash}"
[[models]]
name = "m"
label = "Model M"
good_for = "Good for tests."
licence = "Apache-2.0"
architecture = "qwen35"
quantisation = "F16"
memory = 1_000_000
projector = "p"
[models.file]
name = "m.gguf"
address = "{address}/m"
size = {size}
sha256 = "{hash}"
[[models]]
name = "giant"
label = "Model G"
good_for = "Good for nothing here."
licence = "MIT"
architecture = "qwen35"
quantisation = "F16"
memory = 900_000_000_000_000
[models.file]
name = "g.gguf"
address = "{address}/g"
size = 800_000_000_000_000
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """The server, and the bytes of the model and of its projector."""

    server: ModelServer
    body: bytes
    sight: bytes

    def slow(self, seconds: float = 4.0) -> None:
        """Serve the model so slowly that it takes about so long."""
        rate = round(len(self.body) / seconds)
        self.server.serve("/m", Answer(self.body, etag='"1"', rate=rate))

    def quick(self) -> None:
        """Serve the model as fast as it goes."""
        self.server.serve("/m", Answer(self.body, etag='"1"'))


def open_shop(server: ModelServer, catalogue: Path) -> Shop:
    """Serve the models and write the catalogue that says so."""
    shop = Shop(server, tiny_models().text.read_bytes(), tiny_models().projector.read_bytes())
    shop.quick()
    server.serve("/p", Answer(shop.sight, etag='"2"'))
    catalogue.write_text(
        _CATALOGUE.format(
            address=server.address,
            size=len(shop.body),
            hash=sha256(shop.body),
            sight_size=len(shop.sight),
            sight_hash=sha256(shop.sight),
        ),
        encoding="utf-8",
    )
    return shop
