//! How often a job failed is counted apart from how often it was begun.

use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m002_failures"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // One column at a time: SQLite adds no more.
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let failures = ColumnDef::new("failures").big_integer().not_null().default(0).to_owned();
        let since = ColumnDef::new("failing_since_ms").big_integer().to_owned();
        for column in [failures, since] {
            manager.alter_table(Table::alter().table("job").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["failing_since_ms", "failures"] {
            manager.alter_table(Table::alter().table("job").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
