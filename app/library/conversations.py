"""Conversations: questions and answers that are kept, with the documents they are about.

An answer quotes documents, and it stays as it was given when one of them is deleted: the
conversation then still names the document and shows what it quoted.  Whoever wants no word
of a document left deletes the conversations that quote it as well
(:meth:`Conversations.conversations_with`, ``empty_trash(with_conversations=True)``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from app.library.queries import now, some
from app.library.rows import ConversationRow, Turn
from app.library.store import Shelf
from app.library.text import fold, valid

TITLE_LENGTH = 200
"""Characters that a title has at most."""


class Conversations(Shelf):
    """The part of the library that keeps questions and answers."""

    def begin_conversation(self, title: str, documents: Sequence[int] = ()) -> int:
        """A new conversation, about these documents (none: the library); gives its id.

        The title becomes one line of at most ``TITLE_LENGTH`` characters; it may be "".
        """
        line, at = _title(title), now()
        with self._store.writing() as db:
            conversation_id = db.execute(
                "INSERT INTO conversations (title, folded_title, began_at, updated_at)"
                " VALUES (?, ?, ?, ?) RETURNING id",
                [line, fold(line), at, at],
            ).fetchone()[0]
            # A document that was deleted a moment ago is no reason to lose an answer.
            db.execute(
                "INSERT INTO conversation_documents"
                " SELECT ?, j.key, j.value, coalesce(d.name, '') FROM json_each(?) j"
                " LEFT JOIN documents d ON d.id = j.value",
                [conversation_id, some(dict.fromkeys(documents))],
            )
        return int(conversation_id)

    def add_turn(
        self,
        conversation_id: int,
        question: str,
        text: str,
        reply: bytes,
        documents: Iterable[int] = (),
    ) -> int:
        """Keep a question with its answer; gives the turn's id.

        ``text`` is the answer in words, ``reply`` all of it as the asking room packs it, and
        ``documents`` are those whose pages it was answered from.  A conversation that was
        deleted and can still be restored takes it too.
        """
        at, question, text = now(), valid(question), valid(text)
        with self._store.writing() as db:
            changed = db.execute(
                "UPDATE conversations SET updated_at = ? WHERE id = ?", [at, conversation_id]
            )
            if not changed.rowcount:
                raise KeyError(conversation_id)
            turn_id = db.execute(
                "INSERT INTO turns (conversation_id, at, question, text, folded, reply)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                [conversation_id, at, question, text, fold(f"{question}\n{text}"), reply],
            ).fetchone()[0]
            db.execute(
                "INSERT INTO turn_documents SELECT ?, id FROM documents"
                " WHERE id IN (SELECT value FROM json_each(?))",
                [turn_id, some(documents)],
            )
        return int(turn_id)

    def conversations(self, search: str = "") -> list[ConversationRow]:
        """The conversations in whose title, questions or answers every word occurs.

        Case and accents make no difference.  The one that was last added to comes first.
        """
        words = fold(search).split()
        condition = (
            " AND (instr(c.folded_title, ?) > 0 OR EXISTS (SELECT 1 FROM turns t"
            " WHERE t.conversation_id = c.id AND instr(t.folded, ?) > 0))"
        ) * len(words)
        with self._store.reading() as db:
            return _rows(db, condition, [one for word in words for one in (word, word)])

    def conversation(self, conversation_id: int) -> ConversationRow:
        """One conversation."""
        with self._store.reading() as db:
            rows = _rows(db, " AND c.id = ?", [conversation_id])
        if not rows:
            raise KeyError(conversation_id)
        return rows[0]

    def turns(self, conversation_id: int) -> list[Turn]:
        """Its questions and answers, in the order in which they were asked."""
        with self._store.reading() as db:
            if db.execute(
                "SELECT 1 FROM conversations WHERE id = ? AND deleted = 0", [conversation_id]
            ).fetchone():
                return [
                    Turn(*row)
                    for row in db.execute(
                        "SELECT id, conversation_id, at, question, text, reply FROM turns"
                        " WHERE conversation_id = ? ORDER BY id",
                        [conversation_id],
                    )
                ]
        raise KeyError(conversation_id)

    def conversations_with(self, documents: Iterable[int]) -> list[int]:
        """The ids of the conversations about any of these documents, or answered from them."""
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT id FROM conversations WHERE deleted = 0 AND id IN ({_WITH}) ORDER BY id",  # noqa: S608 - only fixed text
                {"documents": some(documents)},
            )
            return [row[0] for row in rows]

    def rename_conversation(self, conversation_id: int, title: str) -> None:
        """Give it another title, cut to ``TITLE_LENGTH``; ``ValueError`` if it is empty."""
        line = _title(title)
        if not line:
            raise ValueError("a conversation is named by something")
        self._change(
            "UPDATE conversations SET title = ?, folded_title = ? WHERE id = ? AND deleted = 0",
            [line, fold(line), conversation_id],
            conversation_id,
        )

    def delete_conversation(self, conversation_id: int) -> None:
        """Delete it; it can be restored until the library is closed, and is then gone."""
        self._mark(conversation_id, deleted=True)

    def restore_conversation(self, conversation_id: int) -> None:
        """Bring back one that was deleted since the library was opened."""
        self._mark(conversation_id, deleted=False)

    def _mark(self, conversation_id: int, *, deleted: bool) -> None:
        self._change(
            "UPDATE conversations SET deleted = ? WHERE id = ?",
            [int(deleted), conversation_id],
            conversation_id,
        )

    def _change(self, sql: str, parameters: list[object], conversation_id: int) -> None:
        with self._store.writing() as db:
            if not db.execute(sql, parameters).rowcount:
                raise KeyError(conversation_id)


def forget_deleted(db: Database) -> None:
    """Delete for good what was deleted and not restored; inside a transaction."""
    db.execute("DELETE FROM conversations WHERE deleted = 1")


def forget_with_trash(db: Database) -> None:
    """Delete for good the conversations with any document of the trash; in a transaction."""
    rows = db.execute("SELECT id FROM documents WHERE trashed = 1").fetchall()
    db.execute(
        f"DELETE FROM conversations WHERE id IN ({_WITH})",  # noqa: S608 - only fixed text
        {"documents": some(row[0] for row in rows)},
    )


_WITH = (
    "SELECT conversation_id FROM conversation_documents"
    " WHERE document_id IN (SELECT value FROM json_each(:documents))"
    " UNION SELECT conversation_id FROM turns WHERE id IN (SELECT turn_id FROM turn_documents"
    " WHERE document_id IN (SELECT value FROM json_each(:documents)))"
)


def _title(text: str) -> str:
    """One line, without what surrounds it, cut where it is too long."""
    line = " ".join(valid(text).split())
    return line if len(line) <= TITLE_LENGTH else f"{line[: TITLE_LENGTH - 1].rstrip()}…"


def _rows(db: Database, condition: str, parameters: Sequence[object]) -> list[ConversationRow]:
    rows = db.execute(
        "SELECT c.id, c.title, c.began_at, c.updated_at, count(t.id) FROM conversations c"  # noqa: S608 - only fixed text
        f" LEFT JOIN turns t ON t.conversation_id = c.id WHERE c.deleted = 0{condition}"
        " GROUP BY c.id ORDER BY c.updated_at DESC, max(t.id) DESC, c.id DESC",
        parameters,
    ).fetchall()
    about: dict[int, list[tuple[int, str, bool]]] = {row[0]: [] for row in rows}
    for conversation_id, *document in db.execute(
        "SELECT c.conversation_id, c.document_id, coalesce(d.name, c.name), d.id IS NULL"
        " FROM conversation_documents c LEFT JOIN documents d ON d.id = c.document_id"
        " WHERE c.conversation_id IN (SELECT value FROM json_each(?))"
        " ORDER BY c.conversation_id, c.position",
        [some(about)],
    ):
        about[conversation_id].append(tuple(document))
    return [
        ConversationRow(
            id=row[0],
            title=row[1],
            began_at=row[2],
            updated_at=row[3],
            document_ids=tuple(document_id for document_id, _, _ in about[row[0]]),
            turns=row[4],
            document_names=tuple(name for _, name, _ in about[row[0]]),
            gone=tuple(document_id for document_id, _, gone in about[row[0]] if gone),
        )
        for row in rows
    ]
