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
    assert_eq!(token::list(&db, mine).await.unwrap(), [b, a.clone()]);
    assert_eq!(token::get(&db, &c.id).await.unwrap(), Some(c.clone()));

    assert!(!token::revoke(&db, mine, &c.id, 9).await.unwrap(), "another workspace's");
    assert!(token::revoke(&db, mine, &a.id, 9).await.unwrap());
    assert!(!token::revoke(&db, mine, &a.id, 10).await.unwrap(), "revoked already");
    assert_eq!(token::get(&db, &a.id).await.unwrap().unwrap().revoked_ms, Some(9));

    let orphan = token(4, WorkspaceId::from_bytes([9; 16]));
    assert!(matches!(token::insert(&db, &orphan).await, Err(Error::Reference(_))));
}
