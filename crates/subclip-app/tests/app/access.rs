//! Signing keys and playback restrictions, as their owners see them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subclip_app::{Caller, KeyAlgorithm, Kind, Page, ReferrerRules, Rules, UserAgentRules};
use subclip_core::{RestrictionId, SigningKeyId, WorkspaceId};
use subclip_db::workspace::{self, Workspace};

use crate::bench::Bench;

const PUBLIC: &str = include_str!("../keys/p384.pub.pem");
const PRIVATE: &str = include_str!("../keys/p384.pem");

const ALL: Page = Page { limit: 100, page: 1, cursor: None };

/// Somebody of another workspace, and somebody who may only look.
async fn others(bench: &Bench) -> (Caller, Caller) {
    let elsewhere = Workspace { id: WorkspaceId::from_bytes([9; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&bench.db, &elsewhere).await.unwrap();
    let reader = Caller { may_write: false, ..bench.caller };
    (Caller { workspace: elsewhere.id, may_write: true }, reader)
}

fn pages(domains: &[&str]) -> Rules {
    let allowed_domains = domains.iter().map(|text| (*text).to_owned()).collect();
    Rules { referrer: ReferrerRules { allowed_domains, allow_no_referrer: true }, ..Rules::default() }
}

#[tokio::test]
async fn keys_are_drawn_brought_and_deleted() {
    let bench = Bench::new().await;
    let (stranger, reader) = others(&bench).await;
    let keys = bench.app.keys();
    let drawn = keys.create(&bench.caller).await.unwrap();
    let pem = String::from_utf8(STANDARD.decode(&drawn.private_key).unwrap()).unwrap();
    assert!(pem.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert_eq!((drawn.key.algorithm, drawn.key.created_ms), (KeyAlgorithm::Rsa, 1_000_000));
    bench.clock.advance_ms(1);
    let brought = keys.import(&bench.caller, PUBLIC).await.unwrap();
    assert_eq!((brought.algorithm, brought.public_key.as_str()), (KeyAlgorithm::P384, PUBLIC));

    assert_eq!(keys.list(&reader, ALL).await.unwrap(), [brought.clone(), drawn.key.clone()]);
    assert_eq!(keys.get(&reader, drawn.key.id).await.unwrap(), drawn.key);
    assert!(keys.list(&stranger, ALL).await.unwrap().is_empty());
    assert_eq!(keys.get(&stranger, brought.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(keys.delete(&stranger, brought.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(keys.create(&reader).await.err().unwrap().kind, Kind::Forbidden);
    assert_eq!(keys.import(&reader, PUBLIC).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(keys.delete(&reader, brought.id).await.unwrap_err().kind, Kind::Forbidden);

    let private = keys.import(&bench.caller, PRIVATE).await.unwrap_err();
    assert!(private.kind == Kind::Invalid && private.message.contains("private"), "{private}");
    for odd in ["", "key", &PUBLIC[..60], &PUBLIC.repeat(100)] {
        assert_eq!(keys.import(&bench.caller, odd).await.unwrap_err().kind, Kind::Invalid, "{odd}");
    }

    keys.delete(&bench.caller, drawn.key.id).await.unwrap();
    assert_eq!(keys.delete(&bench.caller, drawn.key.id).await.unwrap_err().kind, Kind::NotFound);
    let unknown = SigningKeyId::from_bytes([3; 16]);
    assert_eq!(keys.get(&bench.caller, unknown).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_workspace_has_so_many_and_no_more() {
    let bench = Bench::new().await;
    let (stranger, _) = others(&bench).await;
    let (keys, restrictions) = (bench.app.keys(), bench.app.restrictions());
    for _ in 0..100 {
        keys.import(&bench.caller, PUBLIC).await.unwrap();
        restrictions.create(&bench.caller, Rules::default()).await.unwrap();
    }
    assert_eq!(keys.import(&bench.caller, PUBLIC).await.unwrap_err().kind, Kind::Invalid);
    assert_eq!(keys.create(&bench.caller).await.err().unwrap().kind, Kind::Invalid);
    assert_eq!(restrictions.create(&bench.caller, pages(&[])).await.unwrap_err().kind, Kind::Invalid);
    keys.import(&stranger, PUBLIC).await.unwrap();
    restrictions.create(&stranger, Rules::default()).await.unwrap();
    let last = keys.list(&bench.caller, Page { limit: 30, page: 4, cursor: None }).await.unwrap();
    assert_eq!(last.len(), 10);
}

#[tokio::test]
async fn restrictions_are_kept_as_they_are_compared() {
    let bench = Bench::new().await;
    let (stranger, reader) = others(&bench).await;
    let restrictions = bench.app.restrictions();
    let asked = pages(&["Example.com", "*.Example.com.", "example.com", "bücher.example", "*"]);
    let made = restrictions.create(&bench.caller, asked).await.unwrap();
    let kept = ["example.com", "*.example.com", "xn--bcher-kva.example", "*"];
    assert_eq!(made.rules.referrer.allowed_domains, kept);
    assert_eq!(made.rules.user_agent, UserAgentRules::default());
    assert_eq!((made.created_ms, made.updated_ms), (1_000_000, 1_000_000));
    assert_eq!(restrictions.get(&reader, made.id).await.unwrap(), made);

    bench.clock.advance_ms(5);
    let unnamed = |rules: &mut Rules| rules.user_agent.allow_no_user_agent = false;
    let changed = restrictions.update(&bench.caller, made.id, unnamed).await.unwrap();
    assert!(!changed.rules.user_agent.allow_no_user_agent);
    assert_eq!(changed.rules.referrer, made.rules.referrer);
    assert_eq!((changed.created_ms, changed.updated_ms), (1_000_000, 1_000_005));
    assert_eq!(restrictions.list(&reader, ALL).await.unwrap(), std::slice::from_ref(&changed));

    let names: Vec<String> = (0..101).map(|n| format!("n{n}.example")).collect();
    let many: Vec<&str> = names.iter().map(String::as_str).collect();
    for odd in [pages(&["https://example.com"]), pages(&[""]), pages(&many)] {
        let refused = restrictions.create(&bench.caller, odd.clone()).await.unwrap_err();
        assert!(refused.kind == Kind::Invalid && refused.message.starts_with("allowed_domains"), "{refused}");
        let refused = restrictions.update(&bench.caller, made.id, |rules| *rules = odd).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid);
    }
    assert!(restrictions.create(&bench.caller, pages(&many[..100])).await.is_ok());
    assert_eq!(restrictions.get(&bench.caller, made.id).await.unwrap(), changed, "nothing was changed");

    let none = |_: &mut Rules| {};
    assert_eq!(restrictions.create(&reader, pages(&[])).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(restrictions.update(&reader, made.id, none).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(restrictions.delete(&reader, made.id).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(restrictions.get(&stranger, made.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(restrictions.update(&stranger, made.id, none).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(restrictions.delete(&stranger, made.id).await.unwrap_err().kind, Kind::NotFound);
    restrictions.delete(&bench.caller, made.id).await.unwrap();
    let unknown = RestrictionId::from_bytes([3; 16]);
    for gone in [made.id, unknown] {
        assert_eq!(restrictions.get(&bench.caller, gone).await.unwrap_err().kind, Kind::NotFound);
    }
}
