//! Direct uploads.

use serde_json::json;
use subclip_core::{UploadId, WorkspaceId};
use subclip_db::upload::{self, Status, Upload};
use subclip_db::{Database, Page};

use crate::build::{asset_id, bytes, workspace};

fn waiting(n: u32, workspace: WorkspaceId) -> Upload {
    Upload {
        id: UploadId::from_bytes(bytes(n)),
        workspace,
        status: Status::Waiting,
        secret: format!("secret {n}"),
        timeout_s: 3600,
        expires_ms: 100 * i64::from(n),
        cors_origin: None,
        settings: json!({ "n": n }),
        asset: None,
        total_bytes: None,
        error_kind: None,
        error_message: None,
        test: false,
        created_ms: i64::from(n),
        updated_ms: i64::from(n),
    }
}

async fn status(db: &Database, id: UploadId) -> Status {
    upload::get(db, id).await.unwrap().unwrap().status
}

pub(crate) async fn upload_reads_back(db: Database) {
    let owner = workspace(&db).await;
    let full = Upload {
        cors_origin: Some("https://example.com".into()),
        asset: Some(asset_id(5)),
        total_bytes: Some(1 << 40),
        error_kind: Some("kind".into()),
        error_message: Some("message".into()),
        test: true,
        status: Status::Errored,
        ..waiting(1, owner)
    };
    for row in [&full, &waiting(2, owner)] {
        upload::insert(&db, row).await.unwrap();
        assert_eq!(upload::get(&db, row.id).await.unwrap().as_ref(), Some(row));
    }
    assert_eq!(upload::get_in(&db, owner, full.id).await.unwrap().as_ref(), Some(&full));
    assert_eq!(upload::get_in(&db, WorkspaceId::from_bytes([9; 16]), full.id).await.unwrap(), None);
}

pub(crate) async fn uploads_leave_waiting_once(db: Database) {
    let owner = workspace(&db).await;
    let ids = [1, 2, 3].map(|n| UploadId::from_bytes(bytes(n)));
    for n in 1..=3 {
        upload::insert(&db, &waiting(n, owner)).await.unwrap();
    }
    assert!(upload::set_total(&db, ids[0], 500, 9).await.unwrap());
    assert!(upload::set_asset(&db, ids[0], asset_id(1), 9).await.unwrap());
    assert!(upload::cancel(&db, ids[1], 9).await.unwrap());
    assert_eq!(upload::waiting_among(&db, &ids).await.unwrap(), [ids[2]]);
    for (id, expected) in ids.into_iter().zip([Status::AssetCreated, Status::Cancelled]) {
        assert_eq!(status(&db, id).await, expected);
        assert!(!upload::set_total(&db, id, 1, 10).await.unwrap(), "{expected}");
        assert!(!upload::set_asset(&db, id, asset_id(2), 10).await.unwrap(), "{expected}");
        assert!(!upload::cancel(&db, id, 10).await.unwrap(), "{expected}");
    }
    let made = upload::get(&db, ids[0]).await.unwrap().unwrap();
    assert_eq!((made.asset, made.total_bytes, made.updated_ms), (Some(asset_id(1)), Some(500), 9));
}

pub(crate) async fn uploads_expire(db: Database) {
    let owner = workspace(&db).await;
    let ids = [1, 2, 3].map(|n| UploadId::from_bytes(bytes(n)));
    for n in 1..=3 {
        upload::insert(&db, &waiting(n, owner)).await.unwrap();
    }
    upload::cancel(&db, ids[0], 5).await.unwrap();
    assert_eq!(
        upload::expire(&db, 200, 9).await.unwrap(),
        [ids[1]],
        "cancelled ones do not, later ones not yet"
    );
    assert_eq!(upload::expire(&db, 200, 9).await.unwrap(), []);
    let found = [status(&db, ids[0]).await, status(&db, ids[1]).await, status(&db, ids[2]).await];
    assert_eq!(found, [Status::Cancelled, Status::TimedOut, Status::Waiting]);
    upload::insert(&db, &waiting(4, owner)).await.unwrap();
    assert_eq!(upload::expire(&db, 900, 1).await.unwrap().len(), 1, "no more at once");
    assert_eq!(upload::expire(&db, 900, 9).await.unwrap().len(), 1);
}

pub(crate) async fn uploads_are_listed_newest_first(db: Database) {
    let owner = workspace(&db).await;
    for n in 1..=5 {
        upload::insert(&db, &waiting(n, owner)).await.unwrap();
    }
    let ids = async |page: Page| -> Vec<i64> {
        upload::list(&db, owner, &page).await.unwrap().iter().map(|u| u.created_ms).collect()
    };
    assert_eq!(ids(Page::numbered(1, 2)).await, [5, 4]);
    assert_eq!(ids(Page::numbered(3, 2)).await, [1]);
    assert_eq!(ids(Page::after(waiting(4, owner).cursor(), 2)).await, [3, 2]);
}
