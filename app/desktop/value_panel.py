"""What is known about the current value: its state in words, and what else it could be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop import words
from app.desktop.flow_layout import FlowLayout
from app.desktop.icons import icon
from app.desktop.value_ref import ValueRef, definition_of, field_type, value_of
from app.document import Claim, Field, Flag, Reader, Status
from app.document_types import FieldType
from app.library import Part, StoredRecord

_MOST_ALTERNATIVES = 4
_LONGEST = 160  # characters of a value that are shown here


class ValuePanel(QFrame):
    """``confirm_wanted`` and ``edit_wanted`` carry a ValueRef, ``take_wanted`` also the text."""

    confirm_wanted = Signal(object)
    edit_wanted = Signal(object)
    take_wanted = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("value")
        self.setAccessibleName(self.tr("About the current value"))
        self._ref: ValueRef | None = None
        self._icon = QLabel(self)
        self._icon.setFixedSize(20, 20)
        self._title = QLabel(self)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(True)
        self._title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        font = QFont(self._title.font())
        font.setBold(True)
        self._title.setFont(font)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.confirm = self._button(self.tr("Confirm"), "confirmed")
        self.confirm.setToolTip(self.tr("This value is right (Ctrl+Enter)"))
        self.confirm.clicked.connect(lambda: self.confirm_wanted.emit(self._ref))
        self.edit = self._button(self.tr("Edit"), "")
        self.edit.setToolTip(self.tr("Type another value (F2)"))
        self.edit.clicked.connect(lambda: self.edit_wanted.emit(self._ref))
        self._choices = QWidget(self)
        self._flow = FlowLayout()
        self._choices.setLayout(self._flow)
        self.choices: list[QPushButton] = []

        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._icon)
        head.addWidget(self._title, 1)
        head.addWidget(self.edit)
        head.addWidget(self.confirm)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self._text)
        layout.addWidget(self._choices)
        self.show_value(None, None)

    def _button(self, text: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(text)
        if name:
            button.setIcon(icon(name))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return button

    def show_value(self, stored: StoredRecord | None, ref: ValueRef | None) -> None:
        """Show what is known about ``ref`` in ``stored``."""
        self._ref = ref if stored is not None else None
        self._clear_choices()
        if stored is None or ref is None:
            self._icon.hide()
            self._title.setText(self.tr("No value chosen"))
            self._text.setText(
                self.tr("Click a value to see where it stands on the page and how sure it is.")
            )
            self.confirm.setEnabled(False)
            self.edit.setEnabled(False)
            return
        definition = field_type(definition_of(stored.record.document_type), ref.part, ref.key)
        field = value_of(stored, ref)
        if definition is None:
            self.show_value(None, None)
            return
        self._show(field, definition, _flags_of(stored, ref))

    def _show(self, field: Field | None, definition: FieldType, flags: list[Flag]) -> None:
        status = Status.MISSING if field is None else field.status
        label = words.type_label(definition.label)
        value = words.shown(field.value, definition.kind) if field else ""
        whole = f"{label}: {value}" if value else label
        self._title.setText(whole if len(whole) <= _LONGEST else whole[: _LONGEST - 1] + "…")
        self._title.setToolTip(whole)
        found = words.status_icon(status, definition.required)
        if found is None:
            self._icon.hide()
        else:
            self._icon.setPixmap(icon(*found).pixmap(20, 20))
            self._icon.show()
        sentences = [self._status_sentence(field, status)]
        sentences += [flag.message for flag in flags]
        self._text.setText("\n".join(sentences))
        confirmed = status is Status.CONFIRMED
        self.confirm.setEnabled(not confirmed)
        self.confirm.setText(
            self.tr("It is not there") if status is Status.MISSING else self.tr("Confirm")
        )
        self.confirm.setAccessibleName(self.confirm.text())
        self.edit.setEnabled(True)
        self._offer(field, definition)

    def _status_sentence(self, field: Field | None, status: Status) -> str:
        text = words.status_words(status)
        if field is None:
            return text
        if field.reason and status is not Status.CONFIRMED:
            text = f"{text}: {field.reason}"
        if field.reader is Reader.MODEL and field.value is not None:
            text += self.tr(", read by the model")
        if field.page is not None and field.box is not None:
            return text + self.tr(" (page {0})").format(field.page)
        if field.reader is Reader.EINVOICE and field.value is not None:
            return text + self.tr(" (from the electronic invoice inside the file)")
        return text

    def _offer(self, field: Field | None, definition: FieldType) -> None:
        if field is None or field.status is Status.CONFIRMED:
            return
        seen = {field.value}
        for claim in field.alternatives:
            if claim.value in seen or len(self.choices) >= _MOST_ALTERNATIVES:
                continue
            seen.add(claim.value)
            self._add_choice(claim, definition, field.reader)
        self._choices.setVisible(bool(self.choices))

    def _add_choice(self, claim: Claim, definition: FieldType, other: Reader | None) -> None:
        value = words.shown(claim.value, definition.kind)
        text = self.tr("Use {0}").format(value if len(value) <= 40 else value[:39] + "…")
        # Where two readers disagree, who says what helps to judge.
        if claim.reader is Reader.MODEL and other is not Reader.MODEL:
            text = self.tr("{0} (the model)").format(text)
        elif claim.reader is not Reader.MODEL and other is Reader.MODEL:
            text = self.tr("{0} (without the model)").format(text)
        button = QPushButton(text, self._choices)
        button.setAccessibleName(self.tr("Use {0} instead").format(value))
        raw, ref = claim.raw or claim.value, self._ref
        button.setToolTip(self.tr("Printed as “{0}”").format(raw))
        button.clicked.connect(lambda: self.take_wanted.emit(ref, raw))
        self._flow.addWidget(button)
        button.show()
        self.choices.append(button)

    def _clear_choices(self) -> None:
        for button in self.choices:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.choices = []
        self._choices.hide()


def _flags_of(stored: StoredRecord, ref: ValueRef) -> list[Flag]:
    if ref.part is not Part.FIELDS:
        return []
    return [flag for flag in stored.record.flags if ref.key in flag.fields]
