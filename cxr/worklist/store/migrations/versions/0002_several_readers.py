"""Several readers and workers: stored priority, leases, findings, retention, and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

OPEN = sa.text("set_aside_at IS NULL AND read_at IS NULL")
READ = sa.text("set_aside_at IS NULL AND read_at IS NOT NULL")

# As `cxr.triage.priority` placed a film when this step was written.
STANDING = """
UPDATE cases SET
    scored_at = CASE WHEN state = 'waiting' THEN NULL ELSE scored_at END,
    lane = CASE flag WHEN 'urgent' THEN 1 WHEN 'review' THEN 3 WHEN 'routine' THEN 4 ELSE 2 END,
    age_group = CASE WHEN COALESCE(population, stated) = 'adult' THEN 1 ELSE 0 END,
    rank = COALESCE(-probability, 0)
"""

# A line's text may be erased to protect a patient or a reader; nothing else ever changes. REPLACE would
# delete a line without firing the trigger for deletions.
SQLITE_TRIGGERS = (
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
    """,
    """
    CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
    """,
    """
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    WHEN NEW.text IS NOT NULL
        OR NEW.number IS NOT OLD.number OR NEW.at IS NOT OLD.at OR NEW.who IS NOT OLD.who
        OR NEW.action IS NOT OLD.action OR NEW.case_id IS NOT OLD.case_id OR NEW.model IS NOT OLD.model
        OR NEW.details IS NOT OLD.details OR NEW.text_sha256 IS NOT OLD.text_sha256
        OR NEW.previous IS NOT OLD.previous OR NEW.sha256 IS NOT OLD.sha256
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
    """,
)
POSTGRESQL_TRIGGERS = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.text IS NULL AND to_jsonb(NEW) - 'text' = to_jsonb(OLD) - 'text' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'The audit trail is append-only.';
    END $$
    """,
    """
    CREATE TRIGGER audit_no_update BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()
    """,
    """
    CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)


def upgrade() -> None:
    """Migrate the cases, and start an audit trail."""
    _cases()
    _audit()


def _cases() -> None:
    for column in (
        sa.Column("patient", sa.String(64)),
        sa.Column("purged_at", sa.DateTime()),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("lease_owner", sa.String(64)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("lane", sa.SmallInteger()),
        sa.Column("age_group", sa.SmallInteger()),
        sa.Column("rank", sa.Double()),
        sa.Column("raised", sa.String(8)),
        sa.Column("reader", sa.String(80)),
        sa.Column("taken_at", sa.DateTime()),
        sa.Column("read_at", sa.DateTime()),
        sa.Column("finding", sa.String(16)),
        sa.Column("agrees", sa.Boolean()),
        sa.Column("note", sa.Text()),
    ):
        op.add_column("cases", column)
    op.execute(STANDING)
    op.drop_index("ix_cases_state", "cases")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("state")
        cases.alter_column("lane", existing_type=sa.SmallInteger(), nullable=False)
        cases.alter_column("age_group", existing_type=sa.SmallInteger(), nullable=False)
        cases.alter_column("rank", existing_type=sa.Double(), nullable=False)
    filtered = ["flag", "scored_at", "reader", "population", "stated", "name"]
    for name, columns, where in (
        ("ix_cases_standing", ["lane", "age_group", "rank", "arrived_at", "id", *filtered], OPEN),
        ("ix_cases_arrived", ["arrived_at", "id", *filtered], OPEN),
        ("ix_cases_read", ["read_at", "id", *filtered], READ),
        ("ix_cases_set_aside", ["set_aside_at", "id"], sa.text("set_aside_at IS NOT NULL")),
        ("ix_cases_unscored", ["scored_at", "id"], None),
        ("ix_cases_patient", ["patient"], None),
    ):
        op.create_index(name, "cases", columns, sqlite_where=where, postgresql_where=where)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("action", sa.String(24), nullable=False),
        sa.Column("case_id", sa.Integer(), sa.ForeignKey("cases.id")),
        sa.Column("model", sa.String(64)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(64)),
        sa.Column("text", sa.Text()),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("ix_audit_case", "audit", ["case_id"])
    op.create_index("ix_audit_who", "audit", ["who"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "lines": 0, "sha256": "0" * 64}])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in SQLITE_TRIGGERS if on_sqlite else POSTGRESQL_TRIGGERS:
        op.execute(trigger)
