//! What is on its way to webhooks is found without looking at what was delivered: the first delivery of each line says when
//! it may be taken, those behind it and those that are settled say nothing, and indexes hold the former alone.

use sea_orm::sea_query::{
    Alias, ColumnDef, Expr, ExprTrait, Func, Index, IndexCreateStatement, Query, Table, UpdateStatement,
};
use sea_orm::{ConditionalStatement as _, ConnectionTrait as _, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m008_lines"
    }
}

/// Indexes that looked at all states alike, with their columns.
const REPLACED: &[(&str, &[&str])] = &[
    ("delivery_by_webhook_state_next_ms", &["webhook", "state", "next_ms"]),
    ("delivery_by_webhook_subject_state_number", &["webhook", "subject", "state", "number"]),
    ("delivery_by_lease_until_ms", &["lease_until_ms"]),
];

fn index(name: &str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table("delivery");
    for column in columns {
        index.col(*column);
    }
    index
}

fn indexes() -> [IndexCreateStatement; 4] {
    let only_where = |mut index: IndexCreateStatement, condition: Expr| index.and_where(condition).to_owned();
    let held = |column: &'static str| Expr::col(column).is_not_null();
    [
        only_where(index("delivery_due", &["webhook", "due_ms", "id"]), held("due_ms")),
        only_where(index("delivery_leased", &["lease_owner", "webhook"]), held("lease_owner")),
        only_where(
            index("delivery_pending", &["webhook", "subject", "number"]),
            Expr::col("finished_ms").is_null(),
        ),
        index("delivery_by_webhook_state_created_ms_id", &["webhook", "state", "created_ms", "id"]),
    ]
}

/// What is pending and behind nothing may be taken when it could be, or when its lease ends.
fn first_of_each_line() -> UpdateStatement {
    let earlier = Alias::new("earlier");
    let mut before = Query::select();
    before
        .expr(Expr::val(1))
        .from_as("delivery", earlier.clone())
        .and_where(Expr::col((earlier.clone(), "webhook")).equals(("delivery", "webhook")))
        .and_where(Expr::col((earlier.clone(), "subject")).equals(("delivery", "subject")))
        .and_where(Expr::col((earlier.clone(), "state")).eq("pending"))
        .and_where(Expr::col((earlier, "number")).lt(Expr::col(("delivery", "number"))));
    let lease = Func::coalesce([Expr::col("lease_until_ms"), Expr::col("next_ms")]);
    let mut statement = Query::update();
    statement
        .table("delivery")
        .value("due_ms", lease)
        .and_where(Expr::col(("delivery", "state")).eq("pending"))
        .and_where(Expr::exists(before).not());
    statement
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let due = ColumnDef::new("due_ms").big_integer().to_owned();
        let claims = ColumnDef::new("claims").big_integer().not_null().default(0).to_owned();
        for column in [due, claims] {
            manager.alter_table(Table::alter().table("delivery").add_column(column).to_owned()).await?;
        }
        let failed = ColumnDef::new("failed_ms").big_integer().to_owned();
        manager.alter_table(Table::alter().table("webhook").add_column(failed).to_owned()).await?;
        manager.get_connection().execute(&first_of_each_line()).await?;
        for (name, _) in REPLACED {
            manager.drop_index(Index::drop().name(*name).table("delivery").to_owned()).await?;
        }
        for column in ["next_ms", "lease_until_ms"] {
            manager.alter_table(Table::alter().table("delivery").drop_column(column).to_owned()).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes() {
            let name = index.get_index_spec().get_name().unwrap_or_default().to_owned();
            manager.drop_index(Index::drop().name(name).table("delivery").to_owned()).await?;
        }
        let next = ColumnDef::new("next_ms").big_integer().not_null().default(0).to_owned();
        let lease = ColumnDef::new("lease_until_ms").big_integer().to_owned();
        for column in [next, lease] {
            manager.alter_table(Table::alter().table("delivery").add_column(column).to_owned()).await?;
        }
        for (name, columns) in REPLACED {
            manager.create_index(index(name, columns)).await?;
        }
        for (table, column) in [("delivery", "due_ms"), ("delivery", "claims"), ("webhook", "failed_ms")] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, Statement};
    use sea_orm_migration::MigratorTrait as _;

    use super::super::Migrator;

    #[tokio::test]
    async fn the_first_of_each_line_can_be_taken_afterwards() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.unwrap();
        let before = Migrator::migrations().iter().take_while(|step| step.name() != "m008_lines").count();
        Migrator::up(&db, Some(before.try_into().unwrap())).await.unwrap();
        let row = |id: u8, subject: u8, number: u8, state: &str, next: u8, lease: &str| {
            format!(
                "INSERT INTO delivery (id, webhook, event, subject, number, state, attempts, failures, next_ms, created_ms,
                 lease_until_ms) VALUES (x'{id:032x}', x'07', x'08', x'{subject:032x}', {number}, '{state}', 0, 0, {next},
                 1, {lease})"
            )
        };
        for sql in [
            "PRAGMA foreign_keys = OFF".to_owned(),
            row(1, 1, 1, "delivered", 10, "NULL"),
            row(2, 1, 2, "pending", 20, "NULL"),
            row(3, 1, 3, "pending", 5, "NULL"),
            row(4, 2, 1, "pending", 30, "90"),
        ] {
            db.execute_unprepared(&sql).await.unwrap();
        }
        Migrator::up(&db, None).await.unwrap();
        let sql = "SELECT due_ms FROM delivery ORDER BY id";
        let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        let due: Vec<Option<i64>> = found.iter().map(|row| row.try_get("", "due_ms").unwrap()).collect();
        assert_eq!(due, [None, Some(20), None, Some(90)]);

        Migrator::down(&db, Some(1)).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
    }
}
