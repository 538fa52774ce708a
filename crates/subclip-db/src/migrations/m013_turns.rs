//! Whose work a job is, so that places are shared out between workspaces; when each of them last got one; and the indexes by
//! which a job is found however many are queued. Sounds that were queued have a lane of their own from now on.

use sea_orm::sea_query::{
    ColumnDef, Expr, ExprTrait, Func, Index, IndexCreateStatement, IndexOrder, Query, Table,
};
use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m013_turns"
    }
}

/// An index that knows neither workspaces nor the order in which jobs are taken.
const REPLACED: (&str, [&str; 3]) = ("job_by_lane_state_run_at_ms", ["lane", "state", "run_at_ms"]);

fn indexes() -> [IndexCreateStatement; 2] {
    let mut in_order = Index::create();
    in_order.name("job_in_order").table("job").col("lane").col("state").col("workspace");
    in_order.col(("priority", IndexOrder::Desc)).col("created_ms").col("id");
    let mut by_lease = Index::create();
    by_lease.name("job_by_state_lease_until_ms").table("job").col("state").col("lease_until_ms");
    [in_order, by_lease]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let nobody = Expr::val(vec![0_u8; 16]);
        let column = ColumnDef::new("workspace").binary_len(16).not_null().default(nobody.clone()).to_owned();
        manager.alter_table(Table::alter().table("job").add_column(column).to_owned()).await?;
        let mut owner = Query::select();
        owner
            .column(("asset", "workspace"))
            .from("asset")
            .and_where(Expr::col(("asset", "id")).equals(("job", "subject")));
        let owner = Func::coalesce([Expr::SubQuery(None, Box::new(owner.into())), nobody]);
        let conn = manager.get_connection();
        conn.execute(Query::update().table("job").value("workspace", owner)).await?;
        let mut sounds = Query::update();
        sounds.table("job").value("lane", "sound").and_where(Expr::col("kind").eq("sound"));
        conn.execute(&sounds).await?;
        manager.drop_index(Index::drop().name(REPLACED.0).table("job").to_owned()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let mut turn = Table::create();
        turn.table("job_turn")
            .col(ColumnDef::new("lane").text().not_null())
            .col(ColumnDef::new("workspace").binary_len(16).not_null())
            .col(ColumnDef::new("taken_ms").big_integer().not_null())
            .primary_key(Index::create().col("lane").col("workspace"));
        manager.create_table(turn).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("job_turn").to_owned()).await?;
        for index in indexes() {
            let name = index.get_index_spec().get_name().unwrap_or_default().to_owned();
            manager.drop_index(Index::drop().name(name).table("job").to_owned()).await?;
        }
        let mut back = Index::create();
        back.name(REPLACED.0).table("job");
        for column in REPLACED.1 {
            back.col(column);
        }
        manager.create_index(back).await?;
        manager.alter_table(Table::alter().table("job").drop_column("workspace").to_owned()).await
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, Statement};
    use sea_orm_migration::MigratorTrait as _;

    use super::super::Migrator;

    #[tokio::test]
    async fn jobs_that_are_queued_get_their_workspace_and_their_lane() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.unwrap();
        let before = Migrator::migrations().iter().take_while(|step| step.name() != "m013_turns").count();
        Migrator::up(&db, Some(before.try_into().unwrap())).await.unwrap();
        let job = |id: u8, kind: &str, subject: &str| {
            format!(
                "INSERT INTO job (id, kind, lane, payload, priority, state, run_at_ms, attempts, max_attempts, progress,
                 cancel_requested, created_ms, subject)
                 VALUES (x'{id:032x}', '{kind}', 'ingest', '{{}}', 0, 'queued', 0, 0, 1, 0, 0, 0, {subject})"
            )
        };
        let asset = "INSERT INTO asset (id, workspace, status, stage, origin, settings, inputs, request, progress_percent,
                     created_ms, updated_ms) VALUES (x'07', x'0a', 'preparing', 'ingesting', 'url', '{}', '{}', '{}', 0, 0, 0)";
        for sql in [
            "PRAGMA foreign_keys = OFF".to_owned(),
            asset.to_owned(),
            job(1, "ingest", "x'07'"),
            job(2, "sound", "x'07'"),
            job(3, "sound", "x'08'"),
            job(4, "collect", "NULL"),
        ] {
            db.execute_unprepared(&sql).await.unwrap();
        }
        Migrator::up(&db, None).await.unwrap();
        let sql = "SELECT lane, workspace FROM job ORDER BY id";
        let found = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        let found: Vec<(String, Vec<u8>)> = found
            .iter()
            .map(|row| (row.try_get("", "lane").unwrap(), row.try_get("", "workspace").unwrap()))
            .collect();
        let (owner, nobody) = (vec![10], vec![0; 16]);
        let expected =
            [("ingest", owner.clone()), ("sound", owner), ("sound", nobody.clone()), ("ingest", nobody)];
        assert_eq!(found, expected.map(|(lane, workspace)| (lane.to_owned(), workspace)));

        Migrator::down(&db, Some(1)).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
    }
}
