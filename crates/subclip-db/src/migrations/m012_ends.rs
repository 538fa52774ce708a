//! Assets that end by themselves.

use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table, TableCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m012_ends"
    }
}

fn table() -> TableCreateStatement {
    let mut asset = ForeignKey::create()
        .from_col("asset")
        .to("asset", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    let mut end = Table::create().table("asset_end").foreign_key(&mut asset).to_owned();
    end.col(ColumnDef::new("asset").binary_len(16).not_null().primary_key());
    end.col(ColumnDef::new("until_ms").big_integer().not_null());
    end
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        // What is over is looked for every second.
        let due = Index::create().name("asset_end_by_until").table("asset_end").col("until_ms").to_owned();
        manager.create_index(due).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("asset_end").to_owned()).await
    }
}
