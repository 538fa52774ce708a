//! Signing keys, playback restrictions, and the server's own secrets.

use subclip_core::{RestrictionId, SigningKeyId, WorkspaceId};
use subclip_db::playback_restriction::{self, Restriction};
use subclip_db::signing_key::{self, Algorithm, SigningKey};
use subclip_db::workspace::{self, Workspace};
use subclip_db::{Database, Error, Page, server_secret};

use super::build::bytes;

/// Two workspaces.
async fn owners(db: &Database) -> (WorkspaceId, WorkspaceId) {
    let mine = super::build::workspace(db).await;
    let other = Workspace { id: WorkspaceId::from_bytes([2; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(db, &other).await.unwrap();
    (mine, other.id)
}

fn key(n: u32, workspace: WorkspaceId, algorithm: Algorithm) -> SigningKey {
    let id = SigningKeyId::from_bytes(bytes(n));
    SigningKey { id, workspace, algorithm, public_key: format!("key {n}"), created_ms: i64::from(n) }
}

pub(crate) async fn signing_keys_belong_to_a_workspace(db: Database) {
    let (mine, other) = owners(&db).await;
    let keys = [key(1, mine, Algorithm::Rsa), key(2, mine, Algorithm::P256), key(3, other, Algorithm::P384)];
    for key in &keys {
        signing_key::insert(&db, key).await.unwrap();
        assert_eq!(signing_key::get(&db, key.id).await.unwrap().as_ref(), Some(key));
    }
    assert!(matches!(signing_key::insert(&db, &keys[0]).await, Err(Error::Duplicate(_))));
    let orphan = key(4, WorkspaceId::from_bytes([9; 16]), Algorithm::Rsa);
    assert!(matches!(signing_key::insert(&db, &orphan).await, Err(Error::Reference(_))));

    let [first, second, _] = keys;
    let listed = async |page| signing_key::list(&db, mine, &page).await.unwrap();
    assert_eq!(listed(Page::first(9)).await, [second.clone(), first.clone()], "the newest first");
    assert_eq!(listed(Page::numbered(2, 1)).await, std::slice::from_ref(&first));
    assert_eq!(listed(Page::numbered(3, 1)).await, []);
    assert_eq!(signing_key::count(&db, mine).await.unwrap(), 2);
    assert_eq!(signing_key::count(&db, WorkspaceId::from_bytes([9; 16])).await.unwrap(), 0);

    assert!(!signing_key::delete(&db, other, first.id).await.unwrap(), "another workspace's");
    assert!(signing_key::delete(&db, mine, first.id).await.unwrap());
    assert!(!signing_key::delete(&db, mine, first.id).await.unwrap());
    assert_eq!(signing_key::get(&db, first.id).await.unwrap(), None);
    assert_eq!(signing_key::count(&db, mine).await.unwrap(), 1);
}

pub(crate) async fn restrictions_change_and_go(db: Database) {
    let (mine, other) = owners(&db).await;
    let row = |n: u32, workspace| Restriction {
        id: RestrictionId::from_bytes(bytes(n)),
        workspace,
        allowed_domains: serde_json::json!(["example.com", "*"]),
        allow_no_referrer: true,
        allow_no_user_agent: false,
        allow_high_risk_user_agent: true,
        created_ms: i64::from(n),
        updated_ms: i64::from(n),
    };
    let (first, second) = (row(1, mine), row(2, mine));
    for one in [&first, &second, &row(3, other)] {
        playback_restriction::insert(&db, one).await.unwrap();
    }
    assert_eq!(playback_restriction::get(&db, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(playback_restriction::count(&db, mine).await.unwrap(), 2);

    let changed = Restriction {
        allowed_domains: serde_json::json!([]),
        allow_no_referrer: false,
        allow_no_user_agent: true,
        allow_high_risk_user_agent: false,
        created_ms: 99,
        updated_ms: 7,
        ..first.clone()
    };
    let elsewhere = Restriction { workspace: other, ..changed.clone() };
    assert!(!playback_restriction::update(&db, &elsewhere).await.unwrap(), "another workspace's");
    assert!(playback_restriction::update(&db, &changed).await.unwrap());
    let changed = Restriction { created_ms: 1, ..changed };
    let all = Page::first(9);
    let listed = playback_restriction::list(&db, mine, &all).await.unwrap();
    assert_eq!(listed, [second, changed.clone()], "the newest first, and its making does not change");

    assert!(!playback_restriction::delete(&db, other, first.id).await.unwrap());
    assert!(playback_restriction::delete(&db, mine, first.id).await.unwrap());
    assert!(!playback_restriction::update(&db, &changed).await.unwrap());
    assert_eq!(playback_restriction::get(&db, first.id).await.unwrap(), None);
}

pub(crate) async fn secrets_are_drawn_once(db: Database) {
    let ensure = async |name: &str, fresh| server_secret::ensure(&db, name, fresh, 5).await.unwrap();
    assert_eq!(ensure("paths", [1; 32]).await, [1; 32]);
    assert_eq!(ensure("paths", [2; 32]).await, [1; 32]);
    assert_eq!(ensure("other", [3; 32]).await, [3; 32]);
}
