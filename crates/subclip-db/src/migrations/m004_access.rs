//! Who may play: the keys that tokens are signed with, restrictions that they name, and what the server itself signs
//! with.

use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table, TableCreateStatement};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m004_access"
    }
}

/// A table of what a workspace owns, with its id and when it was made.
fn owned(name: &'static str) -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table(name)
        .col(ColumnDef::new("id").binary_len(16).not_null().primary_key())
        .col(ColumnDef::new("workspace").binary_len(16).not_null())
        .col(ColumnDef::new("created_ms").big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from_col("workspace")
                .to("workspace", "id")
                .on_delete(ForeignKeyAction::Cascade),
        );
    table
}

fn tables() -> Vec<TableCreateStatement> {
    let mut key = owned("signing_key");
    key.col(ColumnDef::new("algorithm").text().not_null())
        .col(ColumnDef::new("public_key").text().not_null());

    let mut restriction = owned("playback_restriction");
    restriction
        .col(ColumnDef::new("allowed_domains").text().not_null())
        .col(ColumnDef::new("allow_no_referrer").boolean().not_null())
        .col(ColumnDef::new("allow_no_user_agent").boolean().not_null())
        .col(ColumnDef::new("allow_high_risk_user_agent").boolean().not_null())
        .col(ColumnDef::new("updated_ms").big_integer().not_null());

    let mut secret = Table::create();
    secret
        .table("server_secret")
        .col(ColumnDef::new("name").text().not_null().primary_key())
        .col(ColumnDef::new("secret").binary_len(32).not_null())
        .col(ColumnDef::new("created_ms").big_integer().not_null());

    vec![key, restriction, secret]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for table in ["signing_key", "playback_restriction"] {
            let mut index = Index::create();
            index.name(format!("{table}_by_workspace_created_ms_id")).table(table);
            for column in ["workspace", "created_ms", "id"] {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables().iter().rev() {
            let name = table.get_table_name().cloned().ok_or_else(|| DbErr::Custom("table".into()))?;
            manager.get_connection().execute(Table::drop().table(name)).await?;
        }
        Ok(())
    }
}
