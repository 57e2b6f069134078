"""Code lists that tell what an e-invoice is: UNTDID 1001 type codes and the profiles' names."""

from __future__ import annotations

# UNTDID 1001 codes whose amounts are to the buyer's credit.
_CREDIT_NOTES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"}
)

# Roles of a line in EXTENDED (BT-X-8): it groups or explains others rather than being one.
NESTED_LINES = frozenset({"GROUP", "INFORMATION"})

_TITLES = {
    "220": "Order",
    "230": "Order change",
    "231": "Order response",
    "261": "Self-billed credit note",
    "325": "Proforma invoice",
    "326": "Partial invoice",
    "384": "Corrected invoice",
    "386": "Prepayment invoice",
    "389": "Self-billed invoice",
    "751": "Invoice information for accounting purposes",
    "875": "Partial construction invoice",
    "876": "Partial final construction invoice",
    "877": "Final construction invoice",
}

# The most telling part of a guideline's id first.
_PROFILES = (
    ("xrechnung", "XRechnung"),
    ("xoev-de:kosit", "XRechnung"),
    ("peppol.eu:2017:poacc:selfbilling", "Peppol BIS Self-Billing 3"),
    ("peppol.eu:2017:poacc:billing", "Peppol BIS Billing 3"),
    ("peppol:pint", "Peppol PINT"),
    ("order-x.eu", "Order-X"),
    ("ferd:crossindustrydocument:invoice:1p0", "ZUGFeRD 1"),
    ("ferd:invoice:rc", "ZUGFeRD 1"),
    ("zugferd.de:2p0", "ZUGFeRD 2"),
    ("factur-x.eu", "Factur-X / ZUGFeRD 2"),
    ("cen.eu:en16931", "EN 16931"),
)
_LEVELS = (
    ("minimum", "MINIMUM"),
    ("basicwl", "BASIC WL"),
    ("basic wl", "BASIC WL"),
    ("basic", "BASIC"),
    ("comfort", "COMFORT"),
    ("extended", "EXTENDED"),
)


def document_type_of(code: str) -> str:
    """The name of the document type for a UNTDID 1001 code; what is unknown is an invoice."""
    return "credit_note" if code in _CREDIT_NOTES else "invoice"


def is_order(root: str, guideline: str) -> bool:
    """Whether a document with this root element and guideline id is an order (Order-X, UBL)."""
    return "order-x" in guideline.lower() or "Order" in root or root.startswith("SCRDMCCBDACIO")


def title_of(code: str, order: bool) -> str:
    """What a document with this type code calls itself."""
    if code in _TITLES:
        return _TITLES[code]
    if order:
        return "Order"
    return "Credit note" if code in _CREDIT_NOTES else "Invoice"


def profile_of(root: str, guideline: str) -> str:
    """The standard and its level in words, from the guideline's (customisation's) id."""
    text = guideline.lower()
    syntax = "CII" if root.startswith(("Cross", "SCRDM")) else "UBL"
    name = next((name for part, name in _PROFILES if part in text), syntax)
    level = next((level for part, level in _LEVELS if part in text), "")
    if name == "XRechnung" and level != "EXTENDED":
        level = ""
    return f"{name} {level}".strip()
