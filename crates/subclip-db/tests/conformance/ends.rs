//! Assets that end by themselves.

use subclip_db::asset_end::{self, AssetEnd};
use subclip_db::{Database, Error, asset};

use crate::build::{asset_id, preparing};

pub(crate) async fn assets_end_in_their_order(db: Database) {
    for n in 1..=4 {
        preparing(&db, n).await;
    }
    let end = |n, until_ms| AssetEnd { asset: asset_id(n), until_ms };
    for row in [end(1, 300), end(2, 100), end(3, 200)] {
        asset_end::insert(&db, &row).await.unwrap();
    }
    assert!(matches!(asset_end::insert(&db, &end(1, 5)).await, Err(Error::Duplicate(_))));
    assert!(matches!(asset_end::insert(&db, &end(9, 5)).await, Err(Error::Reference(_))));
    let mut known = asset_end::list(&db, &[1, 2, 4].map(asset_id)).await.unwrap();
    known.sort_by_key(|row| row.until_ms);
    assert_eq!(known, [end(2, 100), end(1, 300)]);
    let overdue = async |now_ms, most| asset_end::overdue(&db, now_ms, most).await.unwrap();
    assert_eq!(overdue(99, 9).await, []);
    assert_eq!(overdue(100, 9).await, [asset_id(2)]);
    assert_eq!(overdue(i64::MAX, 2).await, [asset_id(2), asset_id(3)]);
    asset::delete(&db, asset_id(2)).await.unwrap();
    assert_eq!(overdue(i64::MAX, 2).await, [asset_id(3), asset_id(1)], "its end goes with an asset");
}
