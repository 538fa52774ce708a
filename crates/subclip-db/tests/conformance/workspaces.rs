//! Workspaces and tokens.

use subclip_core::WorkspaceId;
use subclip_db::token::{self, Token};
use subclip_db::workspace::{self, Workspace};
use subclip_db::{Database, Error};

pub(crate) async fn default_workspace_is_made_once(db: Database) {
    let first = workspace::ensure_default(&db, WorkspaceId::from_bytes([1; 16]), 5).await.unwrap();
    let second = workspace::ensure_default(&db, WorkspaceId::from_bytes([2; 16]), 6).await.unwrap();
    assert_eq!(first, second);
    assert_eq!((first.created_ms, first.name.as_str()), (5, "default"));
    assert_eq!(workspace::get(&db, first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(workspace::by_name(&db, "default").await.unwrap(), Some(first));
    let taken = Workspace { id: WorkspaceId::from_bytes([3; 16]), name: "default".into(), created_ms: 0 };
    assert!(matches!(workspace::insert(&db, &taken).await, Err(Error::Duplicate(_))));
}

pub(crate) async fn tokens_belong_to_a_workspace(db: Database) {
    let mine = workspace::ensure_default(&db, WorkspaceId::from_bytes([1; 16]), 0).await.unwrap().id;
    let other = Workspace { id: WorkspaceId::from_bytes([2; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&db, &other).await.unwrap();
    let token = |n: u32, workspace| Token {
        id: format!("id {n}"),
        workspace,
        name: format!("token {n}"),
        secret_hash: [n as u8; 32],
        scopes: "read,write".into(),
        created_ms: i64::from(n),
        revoked_ms: None,
    };
    let (a, b, c) = (token(2, mine), token(1, mine), token(3, other.id));
    for token in [&a, &b, &c] {
        token::insert(&db, token).await.unwrap();
    }
    assert_eq!(token::list(&db, mine, None, 9).await.unwrap(), [a.clone(), b.clone()]);
    assert_eq!(token::list(&db, mine, None, 1).await.unwrap(), std::slice::from_ref(&a));
    assert_eq!(token::list(&db, mine, Some(&a.place()), 9).await.unwrap(), std::slice::from_ref(&b));
    assert!(token::list(&db, mine, Some(&b.place()), 9).await.unwrap().is_empty());
    assert_eq!(token::count_live(&db, mine).await.unwrap(), 2);
    assert_eq!(token::get(&db, &c.id).await.unwrap(), Some(c.clone()));

    assert!(!token::revoke(&db, mine, &c.id, 9).await.unwrap(), "another workspace's");
    assert!(token::revoke(&db, mine, &a.id, 9).await.unwrap());
    assert!(!token::revoke(&db, mine, &a.id, 10).await.unwrap(), "revoked already");
    assert_eq!(token::get(&db, &a.id).await.unwrap().unwrap().revoked_ms, Some(9));

    assert_eq!(token::count_live(&db, mine).await.unwrap(), 1);

    let twin = Token { id: "id 5".into(), ..b.clone() };
    token::insert(&db, &twin).await.unwrap();
    let both = token::list(&db, mine, Some(&a.place()), 9).await.unwrap();
    assert_eq!(both, [twin.clone(), b.clone()], "of the same time, by their ids");
    assert_eq!(token::list(&db, mine, Some(&twin.place()), 9).await.unwrap(), [b]);

    let orphan = token(4, WorkspaceId::from_bytes([9; 16]));
    assert!(matches!(token::insert(&db, &orphan).await, Err(Error::Reference(_))));
}

pub(crate) async fn revoked_tokens_are_forgotten_in_time(db: Database) {
    let mine = workspace::ensure_default(&db, WorkspaceId::from_bytes([1; 16]), 0).await.unwrap().id;
    let other = Workspace { id: WorkspaceId::from_bytes([2; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&db, &other).await.unwrap();
    for (id, workspace, scopes, revoked_ms) in [
        ("live", mine, "read", None),
        ("first", mine, "read", Some(1)),
        ("second", mine, "read", Some(2)),
        ("third", mine, "read", Some(3)),
        ("lasting", mine, "all", Some(0)),
        ("other", other.id, "read", Some(0)),
    ] {
        let (id, scopes, name) = (id.into(), scopes.into(), String::new());
        let row = Token { id, workspace, name, secret_hash: [0; 32], scopes, created_ms: 0, revoked_ms };
        token::insert(&db, &row).await.unwrap();
    }
    let tx = db.begin().await.unwrap();
    token::forget_revoked(&tx, mine, 2, "all").await.unwrap();
    tx.commit().await.unwrap();
    let left = token::list(&db, mine, None, 9).await.unwrap();
    assert_eq!(
        left.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["third", "second", "live", "lasting"]
    );
    assert!(token::get(&db, "other").await.unwrap().is_some());
}
