//! Masters.

use subclip_db::master::{self, Master, Status};
use subclip_db::{Database, Error, asset};

use crate::build::{asset_id, preparing};

pub(crate) async fn masters_are_settled_once(db: Database) {
    let id = preparing(&db, 1).await;
    assert!(master::insert(&db, id, 5).await.unwrap());
    assert!(!master::insert(&db, id, 6).await.unwrap(), "there is one already");
    let asked = Master {
        asset: id,
        status: Status::Preparing,
        secret: None,
        until_ms: None,
        error_message: None,
        created_ms: 5,
        updated_ms: 5,
    };
    assert_eq!(master::get(&db, id).await.unwrap(), Some(asked.clone()));
    assert!(master::set_ready(&db, id, "secret", 100, 7).await.unwrap());
    let ready = Master {
        status: Status::Ready,
        secret: Some("secret".into()),
        until_ms: Some(100),
        updated_ms: 7,
        ..asked.clone()
    };
    assert_eq!(master::get(&db, id).await.unwrap(), Some(ready.clone()));
    assert!(!master::set_ready(&db, id, "another", 200, 8).await.unwrap());
    assert!(!master::set_errored(&db, id, "Why.", 200, 8).await.unwrap());
    assert_eq!(master::list(&db, &[id, asset_id(9)]).await.unwrap(), [ready]);
    assert!(master::delete(&db, id).await.unwrap());
    assert!(!master::delete(&db, id).await.unwrap());

    assert!(master::insert(&db, id, 5).await.unwrap());
    assert!(master::set_errored(&db, id, "Why.", 100, 7).await.unwrap());
    let failed = Master {
        status: Status::Errored,
        error_message: Some("Why.".into()),
        until_ms: Some(100),
        updated_ms: 7,
        ..asked
    };
    assert_eq!(master::get(&db, id).await.unwrap(), Some(failed));
    asset::delete(&db, id).await.unwrap();
    assert_eq!(master::get(&db, id).await.unwrap(), None, "it goes with its asset");
    assert!(matches!(master::insert(&db, id, 5).await, Err(Error::Reference(_))));
}

pub(crate) async fn masters_end_when_their_time_is_over(db: Database) {
    for n in 1..=3 {
        let id = preparing(&db, n).await;
        master::insert(&db, id, 0).await.unwrap();
    }
    for (n, until_ms) in [(1, 100), (2, 200)] {
        assert!(master::set_ready(&db, asset_id(n), "secret", until_ms, 1).await.unwrap());
    }
    let expire = async |now_ms| {
        let tx = db.begin().await.unwrap();
        let over = master::expire(&tx, now_ms, 10).await.unwrap();
        tx.commit().await.unwrap();
        over
    };
    assert!(!master::any_overdue(&db, 99).await.unwrap());
    assert_eq!(expire(99).await, []);
    assert!(master::any_overdue(&db, 100).await.unwrap());
    assert_eq!(expire(100).await, [asset_id(1)]);
    assert_eq!(expire(100).await, []);
    assert_eq!(expire(i64::MAX).await, [asset_id(2)], "one that is preparing has no end yet");
}
