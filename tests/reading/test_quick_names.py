"""What tells a name from an address, a label or a sentence."""

from __future__ import annotations

import pytest

from app.document import Box, Word
from app.reading.names import address_likeness, end_of_name, has_legal_form, looks_like_name


@pytest.mark.parametrize(
    "text",
    [
        "Nordlicht Technik GmbH & Co. KG",
        "HAPPY CORNER SDN. BHD.",
        "HAPPYCORNER SDNBHD",
        "Moreau et Fils S.A.R.L.",
        "Officine Bianchi S.r.l.",
        "Zielony Dom Sp. z o.o.",
        "Tulp Techniek B.V.",
        "Casa Nova, Lda.",
        "全家便利商店股份有限公司",
    ],
)
def test_legal_forms_are_known_however_they_are_spelled(text: str) -> None:
    assert has_legal_form(text)


@pytest.mark.parametrize("text", ["Hauptstraße 5", "Ad La bD n eI", "Total as agreed", "GmbH"])
def test_words_that_only_look_like_legal_forms_are_none(text: str) -> None:
    assert not has_legal_form(text)


@pytest.mark.parametrize(
    "text",
    [
        "Hauptstraße 5", "20457 Hamburg", "35 rue de la République", "Scranton PA 18503",
        "NO 12, JALAN BUNGA 3", "ul. Polna 4/7", "1234 AB Amsterdam", "Deutschland",
        "Leeds LS1 4AP",
    ],
)  # fmt: skip
def test_lines_of_addresses_are_told_from_names(text: str) -> None:
    assert address_likeness(text) >= 0.45


@pytest.mark.parametrize("text", ["Nordlicht Technik GmbH", "Indah Gift & Home Deco", "Müller"])
def test_names_do_not_look_like_addresses(text: str) -> None:
    assert address_likeness(text) < 0.3


@pytest.mark.parametrize(
    "text",
    [
        "INVOICE", "Rechnung", "www.shop.com", "info@shop.com", "Tel. 040 1234", "GmbH", "12345",
        "régler par virement sur le compte suivant", "shop.example",
    ],
)  # fmt: skip
def test_titles_contacts_and_sentences_are_no_names(text: str) -> None:
    assert not looks_like_name(text)


def test_a_registration_number_is_no_part_of_the_name() -> None:
    words = [
        Word(text, Box(0.1 * at, 0.1, 0.1 * at + 0.05, 0.12))
        for at, text in enumerate(["HAPPY", "CORNER", "S/B", "(519537-X)"])
    ]
    assert end_of_name(words, 0, len(words)) == 3
