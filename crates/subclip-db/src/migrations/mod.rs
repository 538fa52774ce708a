//! The tables, as a list of steps that every database has gone through or will. A step that was released is never
//! changed: what is to change is a new step, in a file of its own.

mod m001_first;
mod m002_failures;
mod m003_events;
mod m004_access;

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
        ]
    }
}

/// Goes through the steps that are missing: all of them or none, and one process at a time.
pub(crate) async fn up(tx: &DatabaseTransaction) -> Result<()> {
    Ok(Migrator::up(tx, None).await?)
}
