//! Captions: what is told of them, and apart from that the cues, which only who plays them reads.

use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, ForeignKey, ForeignKeyAction, Index, Table, TableCreateStatement};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m005_captions"
    }
}

/// A table whose rows go with those of another.
fn part_of(name: &'static str, key: &'static str, whole: &'static str) -> TableCreateStatement {
    let with =
        ForeignKey::create().from_col(key).to(whole, "id").on_delete(ForeignKeyAction::Cascade).to_owned();
    Table::create().table(name).foreign_key(&mut with.clone()).to_owned()
}

fn tables() -> [TableCreateStatement; 2] {
    let mut track = part_of("text_track", "asset", "asset");
    track.col(ColumnDef::new("id").binary_len(16).not_null().primary_key());
    track.col(ColumnDef::new("asset").binary_len(16).not_null());
    for name in ["language", "name", "source", "status", "request"] {
        track.col(ColumnDef::new(name).text().not_null());
    }
    for name in ["position", "created_ms", "updated_ms"] {
        track.col(ColumnDef::new(name).big_integer().not_null());
    }
    for name in ["passthrough", "error_kind", "error_message"] {
        track.col(ColumnDef::new(name).text());
    }
    track.col(ColumnDef::new("closed_captions").boolean().not_null());
    track.col(ColumnDef::new("follows").binary_len(16));
    let mut cues = part_of("text_cues", "track", "text_track");
    cues.col(ColumnDef::new("track").binary_len(16).not_null().primary_key());
    cues.col(ColumnDef::new("webvtt").text().not_null());
    [track, cues]
}

/// Every way in which rows are looked for, beside their keys; `true` where no two may be equal.
const INDEXES: [(bool, &[&str]); 3] =
    [(true, &["asset", "name"]), (false, &["asset", "position"]), (false, &["follows"])];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for (unique, columns) in INDEXES {
            let mut index = Index::create();
            index.name(format!("text_track_by_{}", columns.join("_"))).table("text_track");
            for column in columns {
                index.col(*column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["text_cues", "text_track"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
