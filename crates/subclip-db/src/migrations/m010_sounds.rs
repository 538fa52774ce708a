//! Sounds beside the first: what is told of them, and how many an asset ever had.

use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table, TableCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m010_sounds"
    }
}

/// A table whose rows go with their asset.
fn of_asset(name: &'static str) -> TableCreateStatement {
    let mut with = ForeignKey::create()
        .from_col("asset")
        .to("asset", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned();
    Table::create().table(name).foreign_key(&mut with).to_owned()
}

fn tables() -> [TableCreateStatement; 2] {
    let mut sound = of_asset("sound_track");
    sound.col(ColumnDef::new("id").binary_len(16).not_null().primary_key());
    sound.col(ColumnDef::new("asset").binary_len(16).not_null());
    for name in ["language", "name", "status", "request"] {
        sound.col(ColumnDef::new(name).text().not_null());
    }
    for name in ["number", "created_ms", "updated_ms"] {
        sound.col(ColumnDef::new(name).big_integer().not_null());
    }
    for name in ["channels", "sample_rate"] {
        sound.col(ColumnDef::new(name).big_integer());
    }
    for name in ["passthrough", "error_kind", "error_message"] {
        sound.col(ColumnDef::new(name).text());
    }
    let mut count = of_asset("sound_count");
    count.col(ColumnDef::new("asset").binary_len(16).not_null().primary_key());
    count.col(ColumnDef::new("last").big_integer().not_null());
    [sound, count]
}

/// No two sounds of an asset have one name, or one number.
const UNIQUE: [&str; 2] = ["name", "number"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for column in UNIQUE {
            let mut index = Index::create();
            index.name(format!("sound_track_by_asset_{column}")).table("sound_track");
            manager.create_index(index.col("asset").col(column).unique().to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sound_count", "sound_track"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
