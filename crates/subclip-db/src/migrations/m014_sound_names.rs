//! What the first sound of an asset is called stood with what only a dialect needs, and is the asset's own now.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait as _, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager};
use serde_json::{Map, Value};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m014_sound_names"
    }
}

/// Where it stood, and where it stands in what is said of a sound.
const MOVED: [(&str, &str); 2] = [("audio_name", "name"), ("audio_language", "language")];
/// The settings of an asset, and of the one that is to be made of an upload: where they begin.
const SETTINGS: [(&str, &[&str]); 2] = [("asset", &[]), ("upload", &["asset"])];
/// Rows that are looked at in one go.
const AT_ONCE: u64 = 500;

/// The settings with the names where they belong; `None` where there are none to be moved.
fn moved(text: &str, path: &[&str]) -> Option<String> {
    let mut all: Value = serde_json::from_str(text).ok()?;
    let settings = path.iter().try_fold(&mut all, |value, key| value.get_mut(*key))?;
    let kept = settings.get_mut("vendor")?.as_object_mut()?;
    let found: Map<String, Value> = kept
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|kept| MOVED.map(|(from, to)| kept.remove(from).map(|value| (to.to_owned(), value))))
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .collect();
    if found.is_empty() {
        return None;
    }
    // What was said since then counts.
    settings.as_object_mut()?.entry("sound").or_insert(Value::Object(found));
    serde_json::to_string(&all).ok()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (table, path) in SETTINGS {
            let mut after: Vec<u8> = Vec::new();
            loop {
                let mut query = Query::select();
                query
                    .columns(["id", "settings"])
                    .from(table)
                    .and_where(Expr::col("id").gt(after.clone()))
                    .and_where(Expr::col("settings").like("%\"audio_%"))
                    .order_by("id", sea_orm::Order::Asc)
                    .limit(AT_ONCE);
                let found = conn.query_all(&query).await?;
                for row in &found {
                    after = row.try_get("", "id")?;
                    let text: String = row.try_get("", "settings")?;
                    let Some(new) = moved(&text, path) else { continue };
                    let mut update = Query::update();
                    update.table(table).value("settings", new).and_where(Expr::col("id").eq(after.clone()));
                    conn.execute(&update).await?;
                }
                if (found.len() as u64) < AT_ONCE {
                    break;
                }
            }
        }
        Ok(())
    }

    /// What earlier steps know nothing of does not disturb them.
    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, Statement};
    use sea_orm_migration::MigratorTrait as _;

    use super::super::Migrator;
    use super::moved;

    #[test]
    fn names_of_sounds_move_to_what_is_said_of_them() {
        let check = |before: &str, path: &[&str], expected: Option<&str>| {
            assert_eq!(moved(before, path).as_deref(), expected, "{before}");
        };
        check(
            r#"{"passthrough":"p","vendor":{"dialect":{"audio_language":"en","audio_name":"English","test":true}}}"#,
            &[],
            Some(
                r#"{"passthrough":"p","sound":{"language":"en","name":"English"},"vendor":{"dialect":{"test":true}}}"#,
            ),
        );
        check(
            r#"{"asset":{"vendor":{"dialect":{"audio_name":"English"}}},"signed":[true]}"#,
            &["asset"],
            Some(r#"{"asset":{"sound":{"name":"English"},"vendor":{"dialect":{}}},"signed":[true]}"#),
        );
        check(
            r#"{"sound":{"name":"New"},"vendor":{"dialect":{"audio_name":"Old"}}}"#,
            &[],
            Some(r#"{"sound":{"name":"New"},"vendor":{"dialect":{}}}"#),
        );
        for other in
            [r#"{"vendor":{"dialect":{"test":true}}}"#, r#"{"passthrough":"\"audio_name\""}"#, "no JSON"]
        {
            check(other, &[], None);
        }
    }

    #[tokio::test]
    async fn assets_and_uploads_keep_what_their_sound_is_called() {
        let mut options = ConnectOptions::new("sqlite::memory:");
        options.max_connections(1).sqlx_logging(false);
        let db = Database::connect(options).await.unwrap();
        let before =
            Migrator::migrations().iter().take_while(|step| step.name() != "m014_sound_names").count();
        Migrator::up(&db, Some(before.try_into().unwrap())).await.unwrap();
        db.execute_unprepared("PRAGMA foreign_keys = OFF").await.unwrap();
        for n in 0..1_200 {
            let sql = format!(
                "INSERT INTO asset (id, workspace, status, stage, origin, settings, inputs, request, progress_percent,
                 created_ms, updated_ms) VALUES (x'{n:032x}', x'0a', 'ready', 'completed', 'url',
                 '{{\"vendor\":{{\"dialect\":{{\"audio_name\":\"Sound {n}\"}}}}}}', '{{}}', '{{}}', 0, 0, 0)"
            );
            db.execute_unprepared(&sql).await.unwrap();
        }
        Migrator::up(&db, None).await.unwrap();
        let sql = "SELECT count(*) AS n FROM asset WHERE settings LIKE '{\"sound\":{\"name\":\"Sound %'";
        let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        assert_eq!(found.unwrap().try_get::<i64>("", "n").unwrap(), 1_200);
    }
}
