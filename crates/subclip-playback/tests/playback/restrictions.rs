//! Playback restrictions: they hold for tokens that name them, and for the sessions made of these.

use axum::http::StatusCode;
use serde_json::json;
use subclip_app::{Caller, Policy, ReferrerRules, Rules, UserAgentRules};
use subclip_core::{RestrictionId, WorkspaceId};
use subclip_db::workspace::{self, Workspace};

use crate::signed::{Owner, walk};
use crate::theatre::Theatre;

const PAGE: (&str, &str) = ("referer", "https://www.example.com/watch");
const ELSEWHERE: (&str, &str) = ("referer", "https://evil.test/");
const PLAYER: (&str, &str) = ("user-agent", "Mozilla/5.0 Player/1");
const SCRIPT: (&str, &str) = ("user-agent", "curl/8.4.0");

fn rules() -> Rules {
    Rules {
        referrer: ReferrerRules { allowed_domains: vec!["*.example.com".into()], allow_no_referrer: false },
        user_agent: UserAgentRules { allow_no_user_agent: false, allow_high_risk_user_agent: false },
    }
}

#[tokio::test]
async fn pages_and_programs_that_are_not_allowed_get_nothing() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let made = theatre.app.restrictions().create(&theatre.caller, rules()).await.unwrap();
    let claims = json!({"playback_restriction_id": made.id.to_string()});
    let top = format!("/{id}.m3u8?token={}", owner.token(id, "v", claims.clone()));
    let mut paths = walk(&theatre, &top, &[PAGE, PLAYER]).await;
    assert!(paths.iter().all(|path| path.contains(&made.id.to_string())));
    paths.push(top.clone());
    paths.push(top.replace(".m3u8", "/highest.mp4"));
    for path in &paths {
        let answer = theatre.get_as(path, &[PAGE, PLAYER]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let kept = answer.cache_control.unwrap();
        assert!(kept.starts_with("private, "), "{path}: {kept}");
        assert!(answer.vary.contains(&"Referer, Origin, User-Agent".to_owned()), "{path}: {:?}", answer.vary);
        for told in [&[ELSEWHERE, PLAYER][..], &[PAGE, SCRIPT], &[PAGE], &[PLAYER], &[]] {
            assert_eq!(theatre.get_as(path, told).await.status, StatusCode::FORBIDDEN, "{path} {told:?}");
        }
        let origin = ("origin", "https://www.example.com");
        assert_eq!(theatre.get_as(path, &[origin, PLAYER]).await.status, StatusCode::OK, "{path}");
    }
    let picture = owner.token(id, "t", claims);
    let picture = format!("/{id}/thumbnail.jpg?token={picture}");
    assert_eq!(theatre.get_as(&picture, &[ELSEWHERE, PLAYER]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(theatre.get_as(&picture, &[PAGE, PLAYER]).await.status, StatusCode::SERVICE_UNAVAILABLE);
    // A token that names no restriction has none.
    let free = format!("/{id}.m3u8{}", owner.query(id));
    assert_eq!(theatre.get_as(&free, &[ELSEWHERE, SCRIPT]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_restriction_holds_as_it_is_now() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let restrictions = theatre.app.restrictions();
    let made = restrictions.create(&theatre.caller, Rules::default()).await.unwrap();
    let top = |named: RestrictionId| {
        let token = owner.token(id, "v", json!({"playback_restriction_id": named.to_string()}));
        format!("/{id}.m3u8?token={token}")
    };
    let status = async |path: &str| theatre.get_as(path, &[PAGE, PLAYER]).await.status;
    let path = top(made.id);
    assert_eq!(status(&path).await, StatusCode::FORBIDDEN, "no page is allowed");
    restrictions.update(&theatre.caller, made.id, |now| *now = rules()).await.unwrap();
    let media = walk(&theatre, &path, &[PAGE, PLAYER]).await.remove(0);
    restrictions.update(&theatre.caller, made.id, |now| now.referrer.allowed_domains.clear()).await.unwrap();
    assert_eq!((status(&path).await, status(&media).await), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    restrictions.update(&theatre.caller, made.id, |now| *now = rules()).await.unwrap();
    assert_eq!((status(&path).await, status(&media).await), (StatusCode::OK, StatusCode::OK));
    restrictions.delete(&theatre.caller, made.id).await.unwrap();
    assert_eq!((status(&path).await, status(&media).await), (StatusCode::FORBIDDEN, StatusCode::FORBIDDEN));
    assert_eq!(status(&top(RestrictionId::from_bytes([9; 16]))).await, StatusCode::FORBIDDEN);

    let elsewhere = Workspace { id: WorkspaceId::from_bytes([9; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&theatre.db, &elsewhere).await.unwrap();
    let stranger = Caller { workspace: elsewhere.id, may_write: true };
    let theirs = restrictions.create(&stranger, rules()).await.unwrap();
    assert_eq!(status(&top(theirs.id)).await, StatusCode::FORBIDDEN, "another workspace's");
}
