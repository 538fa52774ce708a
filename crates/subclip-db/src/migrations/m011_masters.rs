//! Masters: whole files that are given out for a while.

use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table, TableCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m011_masters"
    }
}

fn table() -> TableCreateStatement {
    let mut asset = ForeignKey::create()
        .from_col("asset")
        .to("asset", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let mut master = Table::create().table("master").foreign_key(&mut asset).to_owned();
    master.col(ColumnDef::new("asset").binary_len(16).not_null().primary_key());
    master.col(ColumnDef::new("status").text().not_null());
    for name in ["secret", "error_message"] {
        master.col(ColumnDef::new(name).text());
    }
    master.col(ColumnDef::new("until_ms").big_integer());
    for name in ["created_ms", "updated_ms"] {
        master.col(ColumnDef::new(name).big_integer().not_null());
    }
    master
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        // What is over is looked for every second.
        let due = Index::create().name("master_by_until").table("master").col("until_ms").to_owned();
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("master").to_owned()).await
    }
}
