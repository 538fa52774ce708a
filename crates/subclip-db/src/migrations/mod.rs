//! The tables, as a list of steps that every database has gone through or will. A step that was released is never
//! changed: what is to change is a new step, in a file of its own.

mod m001_first;
mod m002_failures;
mod m003_events;
mod m004_access;
mod m005_captions;
mod m008_lines;
mod m009_limits;
mod m010_sounds;
mod m011_masters;
mod m012_ends;
mod m013_turns;
mod m014_sound_names;

use sea_orm::DatabaseTransaction;
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::error::Result;

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m001_first::Migration),
            Box::new(m002_failures::Migration),
            Box::new(m003_events::Migration),
            Box::new(m004_access::Migration),
            Box::new(m005_captions::Migration),
            Box::new(m008_lines::Migration),
            Box::new(m009_limits::Migration),
            Box::new(m010_sounds::Migration),
            Box::new(m011_masters::Migration),
            Box::new(m012_ends::Migration),
            Box::new(m013_turns::Migration),
            Box::new(m014_sound_names::Migration),
        ]
    }
}

/// Goes through the steps that are missing: all of them or none, and one process at a time.
pub(crate) async fn up(tx: &DatabaseTransaction) -> Result<()> {
    Ok(Migrator::up(tx, None).await?)
}
