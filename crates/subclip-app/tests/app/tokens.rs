//! Access tokens: what counts, how many there may be, and how they are listed.

use subclip_app::{Kind, Page};
use subclip_db::token::{self, Token};

use crate::bench::Bench;

#[tokio::test]
async fn only_a_live_token_with_its_secret_counts() {
    let bench = Bench::new().await;
    let tokens = bench.app.tokens();
    tokens.ensure("id", "secret").await.unwrap();
    tokens.ensure("id", "secret").await.unwrap();
    assert!(tokens.ensure("id", "another").await.is_err());
    assert_eq!(tokens.authenticate("id", "secret").await.unwrap(), Some(bench.caller));
    assert_eq!(tokens.authenticate("id", "Secret").await.unwrap(), None);
    assert_eq!(tokens.authenticate("nobody", "secret").await.unwrap(), None);
    let read_only = tokens.create(&bench.caller, "reader", false).await.unwrap();
    let reader = tokens.authenticate(&read_only.id, &read_only.secret).await.unwrap().unwrap();
    assert!(tokens.create(&reader, "more", true).await.is_err(), "a reader makes no tokens");
    tokens.revoke(&bench.caller, &read_only.id).await.unwrap();
    assert_eq!(tokens.authenticate(&read_only.id, &read_only.secret).await.unwrap(), None);
}

/// Tokens of the bench's workspace, made at these times, and revoked at once if `revoked`.
async fn make(bench: &Bench, numbers: std::ops::Range<i64>, revoked: bool) {
    let tx = bench.db.begin().await.unwrap();
    for number in numbers {
        let row = Token {
            id: format!("token {number:04}"),
            workspace: bench.caller.workspace,
            name: format!("number {number}"),
            secret_hash: [0; 32],
            scopes: "read".into(),
            created_ms: number,
            revoked_ms: revoked.then_some(number),
        };
        token::insert(&tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn ids(bench: &Bench, limit: u32) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = Page { limit, page: 1, cursor };
        let page = bench.app.tokens().list(&bench.caller, page).await.unwrap();
        pages.push(page.tokens.into_iter().map(|token| token.id).collect());
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn a_workspace_has_a_thousand_tokens_at_the_most() {
    let bench = Bench::new().await;
    let tokens = bench.app.tokens();
    make(&bench, 0..999, false).await;
    make(&bench, 1000..1100, true).await;
    let last = tokens.create(&bench.caller, "last", true).await.unwrap();
    let refused = tokens.create(&bench.caller, "more", true).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    assert!(refused.message.contains("1000 access tokens already; revoke"), "{refused}");
    tokens.revoke(&bench.caller, &last.id).await.unwrap();
    tokens.create(&bench.caller, "more", true).await.unwrap();
    // Whoever keeps a server is not kept from the token that its settings name.
    tokens.ensure("set", "secret").await.unwrap();
    assert!(tokens.authenticate("set", "secret").await.unwrap().unwrap().may_write);
}

#[tokio::test]
async fn tokens_are_listed_by_the_page() {
    let bench = Bench::new().await;
    make(&bench, 0..5, false).await;
    let id = |number: u32| format!("token {number:04}");
    assert_eq!(ids(&bench, 2).await, [vec![id(4), id(3)], vec![id(2), id(1)], vec![id(0)]]);
    assert_eq!(ids(&bench, 5).await.len(), 1);
    make(&bench, 5..105, false).await;
    assert_eq!(ids(&bench, 1000).await.iter().map(Vec::len).collect::<Vec<_>>(), [100, 5]);
    for odd in ["x", "5", "5-xy", "0-0"] {
        let page = Page { limit: 5, page: 1, cursor: Some(odd.into()) };
        let refused = bench.app.tokens().list(&bench.caller, page).await.unwrap_err();
        assert!(refused.kind == Kind::Invalid && refused.message.starts_with("cursor"), "{odd}: {refused}");
    }
    let one = bench.app.tokens().get(&bench.caller, &id(3)).await.unwrap();
    assert_eq!((one.name.as_str(), one.may_write), ("number 3", false));
    assert_eq!(bench.app.tokens().get(&bench.caller, "token").await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn the_last_that_were_revoked_are_remembered() {
    let bench = Bench::new().await;
    let tokens = bench.app.tokens();
    tokens.ensure("set", "secret").await.unwrap();
    tokens.revoke(&bench.caller, "set").await.unwrap();
    bench.clock.advance_ms(10_000);
    make(&bench, 2_000_000..2_001_000, true).await;
    let one = tokens.create(&bench.caller, "one", true).await.unwrap();
    tokens.revoke(&bench.caller, &one.id).await.unwrap();
    assert_eq!(
        ids(&bench, 100).await.concat().len(),
        1001,
        "one was forgotten, and not that of the settings"
    );
    tokens.ensure("set", "secret").await.unwrap();
    assert_eq!(tokens.authenticate("set", "secret").await.unwrap(), None, "it stays revoked");
}
