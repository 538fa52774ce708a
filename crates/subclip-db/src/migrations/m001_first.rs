//! The first tables.

use sea_orm::sea_query::{
    ColumnDef, ConditionalStatement, Expr, ExprTrait, ForeignKey, ForeignKeyAction, Index, IntoColumnDef,
    Table, TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m001_first"
    }
}

/// Ids are 16 bytes, times are milliseconds, numbers have 64 bits, words and JSON are text.
fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).binary_len(16).to_owned()
}

fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().to_owned()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().to_owned()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().to_owned()
}

fn real(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).double().to_owned()
}

/// A table whose first columns are filled in every row, and the others perhaps.
fn table(name: &'static str, filled: Vec<ColumnDef>, optional: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for mut column in filled {
        table.col(column.not_null().to_owned().into_column_def());
    }
    for column in optional {
        table.col(column);
    }
    table
}

/// The same, with `id` as its key.
fn keyed(name: &'static str, filled: Vec<ColumnDef>, optional: Vec<ColumnDef>) -> TableCreateStatement {
    let key = id("id").primary_key().to_owned();
    table(name, std::iter::once(key).chain(filled).collect(), optional)
}

/// A column that names a row of another table.
fn refers(
    table: &mut TableCreateStatement,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) {
    table.foreign_key(ForeignKey::create().from_col(column).to(to, "id").on_delete(on_delete));
}

fn tables() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, Restrict};

    let workspace =
        keyed("workspace", vec![text("name").unique_key().to_owned(), number("created_ms")], vec![]);

    // Operators bring ids of their own, so a token's is text.
    let mut token = table(
        "token",
        vec![
            text("id").primary_key().to_owned(),
            id("workspace"),
            text("name"),
            ColumnDef::new("secret_hash").binary_len(32).to_owned(),
            text("scopes"),
            number("created_ms"),
        ],
        vec![number("revoked_ms")],
    );
    refers(&mut token, "workspace", "workspace", Cascade);

    let mut asset = keyed(
        "asset",
        vec![
            id("workspace"),
            text("status"),
            text("origin"),
            text("settings"),
            text("inputs"),
            text("request"),
            real("progress_percent"),
            text("stage"),
            number("created_ms"),
            number("updated_ms"),
        ],
        vec![
            id("source_asset"),
            id("upload"),
            text("error_kind"),
            text("error_message"),
            number("duration_ticks"),
            number("duration_timescale"),
        ],
    );
    refers(&mut asset, "workspace", "workspace", Restrict);

    let mut playback = keyed("playback_id", vec![id("asset"), text("policy"), number("created_ms")], vec![]);
    refers(&mut playback, "asset", "asset", Cascade);

    let object =
        keyed("object", vec![flag("doomed"), number("created_ms")], vec![number("size_bytes"), id("holder")]);

    let mut track = keyed(
        "track",
        vec![
            id("object"),
            text("medium"),
            text("language"),
            number("duration_ticks"),
            number("timescale"),
            number("size_bytes"),
            number("samples"),
        ],
        vec![
            number("width"),
            number("height"),
            number("frame_rate_num"),
            number("frame_rate_den"),
            number("channels"),
            number("sample_rate"),
            text("encoder"),
            text("edge_encoder"),
        ],
    );
    refers(&mut track, "object", "object", Restrict);

    let mut span = table(
        "span",
        vec![
            id("asset"),
            text("role"),
            text("medium"),
            number("position"),
            id("track"),
            number("first_sample"),
            number("end_sample"),
            number("at_ticks"),
            number("duration_ticks"),
            number("timescale"),
        ],
        vec![],
    );
    span.primary_key(Index::create().col("asset").col("role").col("medium").col("position"));
    refers(&mut span, "asset", "asset", Cascade);
    refers(&mut span, "track", "track", Restrict);

    let mut edge = table(
        "edge",
        vec![
            id("track"),
            number("from_pts"),
            number("to_pts"),
            number("frames"),
            text("profile"),
            id("edge_track"),
        ],
        vec![],
    );
    edge.primary_key(Index::create().col("track").col("from_pts").col("to_pts").col("profile"));
    refers(&mut edge, "track", "track", Cascade);
    refers(&mut edge, "edge_track", "track", Cascade);

    let mut upload = keyed(
        "upload",
        vec![
            id("workspace"),
            text("status"),
            text("secret"),
            number("timeout_s"),
            number("expires_ms"),
            text("settings"),
            flag("test"),
            number("created_ms"),
            number("updated_ms"),
        ],
        vec![
            text("cors_origin"),
            id("asset"),
            number("total_bytes"),
            text("error_kind"),
            text("error_message"),
        ],
    );
    refers(&mut upload, "workspace", "workspace", Restrict);

    let job = keyed(
        "job",
        vec![
            text("kind"),
            text("lane"),
            text("payload"),
            number("priority"),
            text("state"),
            number("run_at_ms"),
            number("attempts"),
            number("max_attempts"),
            real("progress"),
            flag("cancel_requested"),
            number("created_ms"),
        ],
        vec![
            text("lease_owner"),
            number("lease_until_ms"),
            text("dedupe_key"),
            id("subject"),
            id("waits_for"),
            text("last_error"),
        ],
    );

    vec![workspace, token, asset, playback, object, track, span, edge, upload, job]
}

/// Every way in which rows are looked for, beside their keys.
const INDEXES: &[(&str, &[&str])] = &[
    ("token", &["workspace"]),
    ("asset", &["workspace", "created_ms", "id"]),
    ("asset", &["status"]),
    ("asset", &["upload"]),
    ("asset", &["source_asset"]),
    ("playback_id", &["asset"]),
    ("object", &["holder"]),
    ("object", &["doomed"]),
    ("track", &["object"]),
    ("span", &["track", "first_sample", "end_sample"]),
    ("edge", &["edge_track"]),
    ("upload", &["workspace", "created_ms", "id"]),
    ("upload", &["status", "expires_ms"]),
    ("job", &["lane", "state", "run_at_ms"]),
    ("job", &["subject"]),
    ("job", &["waits_for"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(format!("{table}_by_{}", columns.join("_"))).table(*table);
            for column in *columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // Equal work is queued once; what runs already may have missed the reason for queueing it anew.
        let mut once = Index::create();
        once.name("job_once")
            .table("job")
            .col("dedupe_key")
            .unique()
            .and_where(Expr::col("state").is_in(["queued", "waiting"]));
        manager.create_index(once).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables().iter().rev() {
            let name = table.get_table_name().cloned().ok_or_else(|| DbErr::Custom("table".into()))?;
            manager.get_connection().execute(Table::drop().table(name)).await?;
        }
        Ok(())
    }
}
