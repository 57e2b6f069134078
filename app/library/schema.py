"""The tables of a library, as migrations that are never edited once released.

What the program read and what the user did are kept apart: ``readings`` holds the
program's reading of a record as one packed value that only a new reading replaces;
``user_values`` and ``user_lines`` hold what the user typed, approved, added and took
out.  A record as it is shown is the one laid over the other, so undo never touches a
reading and a reading never touches an edit.  ``records``, ``searchable``,
``sort_keys``, ``bills``, ``passages``, ``labels``, ``passage_texts`` and ``facts`` are derived
from both, in the same transaction.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("paperclerk")


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils gives it no useful type
def m001_first(db: Database) -> None:
    """Documents, the queue, records, edits, settings."""
    # AUTOINCREMENT: the id of something that was deleted must never name another thing.
    for statement in (
        """CREATE TABLE documents (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            sha256 TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            folded_name TEXT NOT NULL,
            suffix TEXT NOT NULL,
            size INTEGER NOT NULL,
            media_type TEXT NOT NULL DEFAULT '',
            state TEXT NOT NULL,
            pages INTEGER NOT NULL DEFAULT 0,
            pages_read INTEGER NOT NULL DEFAULT 0,
            problem_code TEXT NOT NULL DEFAULT '',
            problem_detail TEXT NOT NULL DEFAULT '',
            chosen_type TEXT NOT NULL DEFAULT '',
            subject TEXT NOT NULL DEFAULT '',
            added_at TEXT NOT NULL,
            trashed INTEGER NOT NULL DEFAULT 0,
            trashed_at TEXT,
            parent INTEGER REFERENCES documents(id) ON DELETE SET NULL
        )""",
        "CREATE INDEX documents_by_state ON documents(trashed, state)",
        "CREATE INDEX documents_by_trash ON documents(trashed)",
        "CREATE INDEX documents_by_parent ON documents(parent) WHERE parent IS NOT NULL",
        """CREATE TABLE contents (
            parent INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            child INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            PRIMARY KEY (parent, child)
        ) WITHOUT ROWID""",
        "CREATE INDEX contents_by_child ON contents(child)",
        """CREATE TABLE einvoices (
            document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
            xml BLOB NOT NULL
        )""",
        """CREATE TABLE pages (
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            picture TEXT NOT NULL DEFAULT '',
            look TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (document_id, number)
        ) WITHOUT ROWID""",
        "CREATE INDEX first_looks ON pages(document_id, look) WHERE number = 1 AND look <> ''",
        """CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document_id INTEGER NOT NULL UNIQUE REFERENCES documents(id) ON DELETE CASCADE,
            priority INTEGER NOT NULL,
            claimed INTEGER NOT NULL DEFAULT 0,
            from_pages INTEGER NOT NULL DEFAULT 0,
            size INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            interruptions INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX jobs_in_order ON jobs(claimed, priority, id)",
        """CREATE TABLE records (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            document_type TEXT NOT NULL,
            trashed INTEGER NOT NULL DEFAULT 0,
            reviewed INTEGER NOT NULL DEFAULT 0,
            doubtful INTEGER NOT NULL DEFAULT 0,
            doubtful_lines INTEGER NOT NULL DEFAULT 0,
            missing INTEGER NOT NULL DEFAULT 0,
            flags INTEGER NOT NULL DEFAULT 0,
            look INTEGER NOT NULL DEFAULT 0,
            lines INTEGER NOT NULL DEFAULT 0,
            first_page INTEGER NOT NULL,
            last_page INTEGER NOT NULL,
            next_line INTEGER NOT NULL DEFAULT 1
        )""",
        "CREATE INDEX records_by_document ON records(document_id, position)",
        "CREATE INDEX records_by_type ON records(trashed, document_type, look)",
        """CREATE TABLE readings (
            record_id INTEGER PRIMARY KEY REFERENCES records(id) ON DELETE CASCADE,
            fields BLOB NOT NULL,
            body BLOB NOT NULL,
            flags BLOB NOT NULL
        )""",
        """CREATE TABLE user_values (
            record_id INTEGER NOT NULL REFERENCES records(id) ON DELETE CASCADE,
            part TEXT NOT NULL,
            line INTEGER NOT NULL,
            key TEXT NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (record_id, part, line, key)
        ) WITHOUT ROWID""",
        """CREATE TABLE user_lines (
            record_id INTEGER NOT NULL REFERENCES records(id) ON DELETE CASCADE,
            part TEXT NOT NULL,
            line INTEGER NOT NULL,
            state BLOB NOT NULL,
            PRIMARY KEY (record_id, part, line)
        ) WITHOUT ROWID""",
        """CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            who TEXT NOT NULL,
            kind TEXT NOT NULL,
            record_id INTEGER REFERENCES records(id) ON DELETE CASCADE,
            part TEXT NOT NULL DEFAULT 'fields',
            line INTEGER,
            key TEXT NOT NULL DEFAULT '',
            before TEXT,
            after TEXT,
            old BLOB,
            new BLOB,
            standing TEXT NOT NULL
        )""",
        "CREATE INDEX changes_by_record ON changes(record_id)",
        "CREATE INDEX changes_by_standing ON changes(standing, id)",
        """CREATE TABLE changed_documents (
            change_id INTEGER NOT NULL REFERENCES changes(id) ON DELETE CASCADE,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            PRIMARY KEY (change_id, document_id)
        ) WITHOUT ROWID""",
        "CREATE INDEX changed_documents_by_document ON changed_documents(document_id)",
        """CREATE TABLE searchable (
            record_id INTEGER PRIMARY KEY REFERENCES records(id) ON DELETE CASCADE,
            text TEXT NOT NULL
        )""",
        """CREATE TABLE sort_keys (
            record_id INTEGER NOT NULL REFERENCES records(id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            sort,
            PRIMARY KEY (record_id, key)
        ) WITHOUT ROWID""",
        "CREATE INDEX sort_keys_in_order ON sort_keys(key, sort, record_id)",
        """CREATE TABLE bills (
            record_id INTEGER NOT NULL REFERENCES records(id) ON DELETE CASCADE,
            bill TEXT NOT NULL,
            PRIMARY KEY (record_id, bill)
        ) WITHOUT ROWID""",
        "CREATE INDEX bills_by_bill ON bills(bill)",
        "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        "CREATE TABLE doomed (path TEXT PRIMARY KEY) WITHOUT ROWID",
    ):
        db.execute(statement)


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils gives it no useful type
def m002_refinements(db: Database) -> None:
    """The model's queue: documents that are read and that a model is to read as well."""
    for statement in (
        """CREATE TABLE refinements (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            document_id INTEGER NOT NULL UNIQUE REFERENCES documents(id) ON DELETE CASCADE,
            priority INTEGER NOT NULL,
            second_look INTEGER NOT NULL DEFAULT 0,
            claimed INTEGER NOT NULL DEFAULT 0,
            attempts INTEGER NOT NULL DEFAULT 0,
            interruptions INTEGER NOT NULL DEFAULT 0
        )""",
        "CREATE INDEX refinements_in_order ON refinements(claimed, priority, id)",
    ):
        db.execute(statement)


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils gives it no useful type
def m003_search(db: Database) -> None:
    """Notes, and the search index; what is there already is indexed in the background."""
    for statement in (
        # The texts themselves, and the terms that the index has of them, are in passage_texts.
        # Every category but the separators: app.library.terms has already parted and folded.
        """CREATE VIRTUAL TABLE passages USING fts5(
            name, note, fields, words, content='', prefix='2 3',
            tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
        )""",
        """CREATE VIRTUAL TABLE labels USING fts5(
            name, note, fields, content='', prefix='2 3',
            tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* C*'"
        )""",
        """CREATE TABLE passage_texts (
            row INTEGER PRIMARY KEY,
            has_fields INTEGER NOT NULL,
            packed BLOB NOT NULL
        )""",
        "ALTER TABLE documents ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX records_beside_others ON records(document_id) WHERE position > 0",
        "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE)",
        """CREATE VIRTUAL TABLE vocabulary_parts USING fts5(
            term, content='vocabulary', content_rowid='id', detail=none, columnsize=0,
            tokenize='trigram case_sensitive 1'
        )""",
        """CREATE TRIGGER vocabulary_grows AFTER INSERT ON vocabulary BEGIN
            INSERT INTO vocabulary_parts(rowid, term) VALUES (new.id, new.term);
        END""",
        """CREATE TABLE unindexed (
            document_id INTEGER PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE,
            pages_done INTEGER NOT NULL DEFAULT 0
        )""",
        "INSERT INTO unindexed (document_id) SELECT id FROM documents",
    ):
        db.execute(statement)


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils gives it no useful type
def m004_facts(db: Database) -> None:
    """What figures are worked out from; what is there already is taken in in the background."""
    for statement in (
        """CREATE TABLE fact_words (
            id INTEGER PRIMARY KEY,
            part TEXT NOT NULL,
            word TEXT NOT NULL,
            UNIQUE (part, word)
        )""",
        # By column first: a calculation reads one or two columns of all records.
        """CREATE TABLE facts (
            name INTEGER NOT NULL,
            record INTEGER NOT NULL,
            line INTEGER NOT NULL,
            type INTEGER NOT NULL,
            state INTEGER NOT NULL,
            number INTEGER,
            currency TEXT,
            day INTEGER,
            text TEXT,
            folded TEXT,
            PRIMARY KEY (name, record, line)
        ) WITHOUT ROWID""",
        "CREATE INDEX facts_in_doubt ON facts(name, record, line, state) WHERE state <> 0",
        """CREATE TABLE uncounted (
            record_id INTEGER PRIMARY KEY REFERENCES records(id) ON DELETE CASCADE
        )""",
        "INSERT INTO uncounted (record_id) SELECT id FROM records",
        # The bills that several records have had; it may hold some that one only has left.
        "CREATE TABLE shared_bills (bill TEXT PRIMARY KEY) WITHOUT ROWID",
        "INSERT INTO shared_bills SELECT bill FROM bills GROUP BY bill HAVING count(*) > 1",
    ):
        db.execute(statement)


@migrations()  # type: ignore[untyped-decorator]  # sqlite-utils gives it no useful type
def m005_conversations(db: Database) -> None:
    """Questions and their answers, kept in conversations."""
    for statement in (
        """CREATE TABLE conversations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            folded_title TEXT NOT NULL,
            began_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            deleted INTEGER NOT NULL DEFAULT 0
        )""",
        # No reference to documents: a conversation outlives what it is about, by its name.
        """CREATE TABLE conversation_documents (
            conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            document_id INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (conversation_id, position)
        ) WITHOUT ROWID""",
        "CREATE INDEX conversations_by_document ON conversation_documents(document_id)",
        """CREATE TABLE turns (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id INTEGER NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
            at TEXT NOT NULL,
            question TEXT NOT NULL,
            text TEXT NOT NULL,
            folded TEXT NOT NULL,
            reply BLOB NOT NULL
        )""",
        "CREATE INDEX turns_by_conversation ON turns(conversation_id)",
        """CREATE TABLE turn_documents (
            turn_id INTEGER NOT NULL REFERENCES turns(id) ON DELETE CASCADE,
            document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
            PRIMARY KEY (turn_id, document_id)
        ) WITHOUT ROWID""",
        "CREATE INDEX turns_by_document ON turn_documents(document_id)",
    ):
        db.execute(statement)
