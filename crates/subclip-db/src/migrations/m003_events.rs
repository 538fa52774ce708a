//! Events, the endpoints that are told of them, and what was tried to tell them.

use sea_orm::DbErr;
use sea_orm::sea_query::{
    ColumnDef, ForeignKey, ForeignKeyAction, Index, IntoColumnDef, Table, TableCreateStatement,
};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m003_events"
    }
}

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

/// A table with `id` as its key, columns that are filled in every row, others that are perhaps, and those that name a
/// row of another table and go with it.
fn keyed(
    name: &'static str,
    filled: Vec<ColumnDef>,
    optional: Vec<ColumnDef>,
    goes_with: &[&'static str],
) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name).col(id("id").primary_key().to_owned());
    for mut column in filled {
        table.col(column.not_null().to_owned().into_column_def());
    }
    for column in optional {
        table.col(column);
    }
    for other in goes_with {
        let with = ForeignKey::create()
            .from_col(*other)
            .to(*other, "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned();
        table.foreign_key(&mut with.clone());
    }
    table
}

fn tables() -> Vec<TableCreateStatement> {
    let event = keyed(
        "event",
        vec![
            id("workspace"),
            text("kind"),
            text("subject_type"),
            id("subject"),
            number("number"),
            text("data"),
            number("created_ms"),
        ],
        vec![],
        &["workspace"],
    );
    let webhook = keyed(
        "webhook",
        vec![
            id("workspace"),
            text("url"),
            text("format"),
            text("kinds"),
            flag("enabled"),
            text("secret"),
            number("created_ms"),
            number("updated_ms"),
        ],
        vec![text("disabled_reason"), number("failing_since_ms")],
        &["workspace"],
    );
    let delivery = keyed(
        "delivery",
        vec![
            id("webhook"),
            id("event"),
            id("subject"),
            number("number"),
            text("state"),
            number("attempts"),
            number("failures"),
            number("next_ms"),
            number("created_ms"),
        ],
        vec![
            number("first_attempt_ms"),
            number("finished_ms"),
            text("lease_owner"),
            number("lease_until_ms"),
        ],
        &["webhook", "event"],
    );
    let attempt = keyed(
        "attempt",
        vec![
            id("delivery"),
            text("url"),
            number("created_ms"),
            number("duration_ms"),
            text("headers"),
            text("body"),
        ],
        vec![number("status"), text("error")],
        &["delivery"],
    );
    vec![event, webhook, delivery, attempt]
}

/// Every way in which rows are looked for, beside their keys; `true` where no two may be equal.
const INDEXES: &[(&str, bool, &[&str])] = &[
    ("event", false, &["workspace", "created_ms", "id"]),
    ("event", false, &["created_ms"]),
    ("event", true, &["subject", "number"]),
    ("webhook", true, &["workspace", "url"]),
    ("webhook", false, &["workspace", "created_ms", "id"]),
    ("delivery", false, &["webhook", "state", "next_ms"]),
    ("delivery", false, &["webhook", "subject", "state", "number"]),
    ("delivery", false, &["webhook", "created_ms", "id"]),
    ("delivery", false, &["event", "state"]),
    ("delivery", false, &["lease_until_ms"]),
    ("attempt", false, &["delivery", "created_ms", "id"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (table, unique, columns) in INDEXES {
            let mut index = Index::create();
            index.name(format!("{table}_by_{}", columns.join("_"))).table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["attempt", "delivery", "webhook", "event"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
