//! `/mux`

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use crate::server::{Server, Who, basic};

const ASSETS: &str = "/mux/video/v1/assets";
const UNKNOWN: &str = "The requested resource either doesn't exist or you don't have access to it.";

async fn asset(server: &Server) -> Value {
    let body = json!({"inputs": [{"url": "https://example.com/a.mp4"}], "playback_policies": ["public"]});
    let answer = server.post(ASSETS, body).await;
    assert_eq!(answer.status, 201);
    answer.json()["data"].take()
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_asset_lives_and_dies() {
    let server = Server::new().await;
    let made = asset(&server).await;
    assert_eq!((&made["status"], &made["created_at"]), (&json!("preparing"), &json!("1607876845")));
    assert_eq!(made["progress"], json!({"state": "ingesting", "progress": 0}));
    assert_eq!(made["playback_ids"][0]["policy"], "public");
    let path = format!("{ASSETS}/{}", id(&made));
    assert_eq!(server.get(&path).await.json()["data"], made);

    let change = json!({"passthrough": "p", "meta": {"title": "T"}, "thumbnail_time": 2.5});
    let changed = server.patch(&path, change).await.json()["data"].take();
    assert_eq!((&changed["passthrough"], &changed["meta"]), (&json!("p"), &json!({"title": "T"})));
    assert_eq!(changed["thumbnail_time"], 2.5);
    assert_eq!(server.delete(&format!("{path}/thumbnail-time")).await.status, 204);
    assert_eq!(server.get(&path).await.json()["data"]["thumbnail_time"], Value::Null);

    let info = server.get(&format!("{path}/input-info")).await.json()["data"].take();
    assert_eq!(info, json!([{"settings": {"url": "https://example.com/a.mp4"}}]));

    let gone = server.delete(&path).await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
    assert_eq!(server.get(&path).await.refusal(), (404, "not_found".to_owned(), UNKNOWN.to_owned()));
}

#[tokio::test]
async fn a_clip_names_its_source_at_once() {
    let server = Server::new().await;
    let source = asset(&server).await;
    let url = format!("mux://assets/{}", id(&source));
    let input = json!({"url": url, "start_time": 1.0, "end_time": 2.5});
    let answer = server.post(ASSETS, json!({"inputs": [input], "playback_policy": "public"})).await;
    assert_eq!(answer.status, 201);
    let clip = answer.json()["data"].take();
    assert_eq!((&clip["status"], &clip["source_asset_id"]), (&json!("preparing"), &source["id"]));
    assert_eq!(clip["ingest_type"], "on_demand_clip");
    assert_ne!(clip["playback_ids"][0]["id"], source["playback_ids"][0]["id"]);
    let info = server.get(&format!("{ASSETS}/{}/input-info", id(&clip))).await.json();
    assert_eq!(info["data"][0]["settings"], input);

    let unknown = json!({"input": format!("mux://assets/{}", "0".repeat(22))});
    assert_eq!(server.post(ASSETS, unknown).await.status, 404);
}

#[tokio::test]
async fn lists_end() {
    let server = Server::new().await;
    let mut newest_first = Vec::new();
    for _ in 0..3 {
        newest_first.insert(0, asset(&server).await["id"].clone());
        server.clock.advance_ms(1000);
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    for _ in 0..2 {
        // What a client that began with a page number sends for the next page: the cursor wins.
        let page = server.get(&format!("{ASSETS}?limit=2&page=1{cursor}")).await.json();
        seen.extend(page["data"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        cursor = page["next_cursor"].as_str().map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    assert_eq!((seen, cursor.as_str()), (newest_first, ""));
    let nothing_said = server.get(&format!("{ASSETS}?limit=&page=&cursor=&live_stream_id=&upload_id=")).await;
    assert_eq!(nothing_said.json()["data"].as_array().map(Vec::len), Some(3));
    for path in ["?page=9", "?live_stream_id=abc"] {
        let page = server.get(&format!("{ASSETS}{path}")).await;
        assert_eq!(
            (page.status.as_u16(), page.json()),
            (200, json!({"data": [], "next_cursor": null})),
            "{path}"
        );
    }
    let past = server.get("/mux/video/v1/uploads?page=9").await;
    assert_eq!((past.status.as_u16(), past.json()), (200, json!({"data": []})));
    assert_eq!(server.get(&format!("{ASSETS}?cursor=odd")).await.status, 400);
}

#[tokio::test]
async fn playback_ids_come_and_go() {
    let server = Server::new().await;
    let made = asset(&server).await;
    let ids = format!("{ASSETS}/{}/playback-ids", id(&made));
    let answer = server.post(&ids, json!({"policy": "public"})).await;
    assert_eq!(answer.status, 201);
    let playback = answer.json()["data"].take();
    assert_eq!(server.get(&format!("{ids}/{}", id(&playback))).await.json()["data"], playback);
    let target = server.get(&format!("/mux/video/v1/playback-ids/{}", id(&playback))).await.json();
    assert_eq!(target["data"]["object"], json!({"type": "asset", "id": made["id"]}));
    assert_eq!(server.delete(&format!("{ids}/{}", id(&playback))).await.status, 204);
    assert_eq!(server.get(&format!("{ids}/{}", id(&playback))).await.status, 404);
    assert_eq!(server.delete(&format!("{ids}/{}", id(&playback))).await.status, 404);
}

#[tokio::test]
async fn static_renditions_come_and_go() {
    let server = Server::new().await;
    let made = asset(&server).await;
    let path = format!("{ASSETS}/{}", id(&made));
    let files = format!("{path}/static-renditions");
    let answer = server.post(&files, json!({"resolution": "highest", "passthrough": "x"})).await;
    assert_eq!(answer.status, 201);
    let file = answer.json()["data"].take();
    assert_eq!((&file["status"], &file["name"]), (&json!("preparing"), &json!("highest.mp4")));
    let expected = json!({"files": [file]});
    assert_eq!(server.get(&path).await.json()["data"]["static_renditions"], expected);
    assert_eq!(server.post(&files, json!({"resolution": "highest"})).await.status, 400);
    assert_eq!(
        server.put(&format!("{path}/mp4-support"), json!({"mp4_support": "audio-only"})).await.status,
        400
    );
    assert_eq!(server.delete(&format!("{files}/{}", id(&file))).await.status, 204);
    assert_eq!(server.delete(&format!("{files}/{}", id(&file))).await.status, 404);
    let old = server.put(&format!("{path}/mp4-support"), json!({"mp4_support": "audio-only"})).await.json();
    assert_eq!(old["data"]["static_renditions"], json!({"files": [], "status": "preparing"}));
    assert_eq!(server.post(&files, json!({"resolution": "highest"})).await.status, 400);
}

#[tokio::test]
async fn what_is_asked_for_elsewhere_outlives_mp4_support() {
    let server = Server::new().await;
    let body = json!({"input": "https://example.com/a.mp4", "mp4_support": "capped-1080p"});
    let made = server.post(ASSETS, body).await.json()["data"].take();
    let (path, own) = (format!("{ASSETS}/{}", id(&made)), format!("/v1/assets/{}", id(&made)));
    let support = async |word: &str| {
        server.put(&format!("{path}/mp4-support"), json!({"mp4_support": word})).await.status.as_u16()
    };
    let files = async || server.get(&own).await.json()["renditions"].take();
    let added = server.post(&format!("{own}/renditions"), json!({"type": "270p"})).await;
    assert_eq!(added.status, 201);
    let added = added.json();
    let shown = server.get(&path).await.json()["data"]["static_renditions"].take();
    assert_eq!((&shown["status"], &shown["files"][0]["id"]), (&json!("preparing"), &added["id"]));
    assert_eq!(support("audio-only").await, 400, "none comes in between");
    assert_eq!(support("none").await, 200);
    assert_eq!(files().await, json!([added]));
    assert_eq!(support("capped-1080p").await, 400);
    let kept = format!("{path}/static-renditions/{}", id(&added));
    assert_eq!(server.delete(&kept).await.status, 204);
    assert_eq!(support("capped-1080p").await, 200);
    let capped = files().await[0].take();
    assert_eq!((&capped["type"], id(&capped).len()), (&json!("capped_1080p"), 22));
    let one = format!("{own}/renditions/{}", id(&capped));
    assert_eq!(server.get(&one).await.json(), capped);
    let of_bundle = format!("{path}/static-renditions/{}", id(&capped));
    assert_eq!(server.delete(&of_bundle).await.status, 404, "it goes with mp4_support");
    assert_eq!(server.delete(&one).await.status, 204);
    assert_eq!(files().await, json!([]));
}

#[tokio::test]
async fn masters_are_asked_for_and_withdrawn() {
    let server = Server::new().await;
    let path = format!("{ASSETS}/{}", id(&asset(&server).await));
    let put = async |word: &str| {
        let answer = server.put(&format!("{path}/master-access"), json!({"master_access": word})).await;
        assert_eq!(answer.status, 200);
        let data = answer.json()["data"].take();
        assert_eq!(server.get(&path).await.json()["data"], data);
        (data["master_access"].clone(), data["master"].clone())
    };
    assert_eq!(put("none").await, (json!("none"), json!(null)));
    assert_eq!(put("temporary").await, (json!("temporary"), json!({"status": "preparing"})));
    assert_eq!(put("temporary").await, (json!("temporary"), json!({"status": "preparing"})));
    assert_eq!(put("none").await, (json!("none"), json!(null)));
    let odd = server.put(&format!("{path}/master-access"), json!({"master_access": "always"})).await;
    assert_eq!(odd.status, 400);
    let body = json!({"input": "https://example.com/a.mp4", "master_access": "temporary"});
    let made = server.post(ASSETS, body).await.json();
    assert_eq!(made["data"]["master"], json!({"status": "preparing"}));
    let body = json!({"new_asset_settings": {"master_access": "temporary"}});
    let upload = server.post("/mux/video/v1/uploads", body).await.json();
    assert_eq!(upload["data"]["new_asset_settings"]["master_access"], "temporary");
}

#[tokio::test]
async fn uploads_are_promises() {
    let server = Server::new().await;
    let uploads = "/mux/video/v1/uploads";
    let body =
        json!({"cors_origin": "*", "timeout": 60, "new_asset_settings": {"playback_policy": ["public"]}});
    let answer = server.post(uploads, body).await;
    assert_eq!(answer.status, 201);
    let upload = answer.json()["data"].take();
    let start = format!("https://video.example.com/uploads/{}/", id(&upload));
    assert!(upload["url"].as_str().unwrap().starts_with(&start));
    assert_eq!(upload["new_asset_settings"]["playback_policies"], json!(["public"]));
    let path = format!("{uploads}/{}", id(&upload));
    assert_eq!(server.get(&path).await.json()["data"], upload);
    assert_eq!(server.get(uploads).await.json()["data"], json!([upload]));
    let cancelled = server.put(&format!("{path}/cancel"), Value::Null).await;
    assert_eq!((cancelled.status.as_u16(), &cancelled.json()["data"]["status"]), (200, &json!("cancelled")));
    assert_eq!(server.put(&format!("{path}/cancel"), Value::Null).await.status, 403);

    let late = server.post(uploads, json!({"timeout": 60})).await.json();
    server.clock.advance_ms(61_000);
    let path = format!("{uploads}/{}", id(&late["data"]));
    assert_eq!(server.get(&path).await.json()["data"]["status"], "timed_out");
}

#[tokio::test]
async fn signing_keys_are_shown_once() {
    let server = Server::new().await;
    let system = "/mux/system/v1/signing-keys";
    // The older name is the same thing, so one key is made by each.
    for (paths, others) in [(system, "/mux/video/v1/signing-keys"), ("/mux/video/v1/signing-keys", system)] {
        let answer = server.post(paths, Value::Null).await;
        assert_eq!(answer.status, 201);
        let mut made = answer.json()["data"].take();
        assert_eq!(made["created_at"], "1607876845");
        let private = made.as_object_mut().unwrap().remove("private_key").unwrap();
        assert!(
            private.as_str().unwrap().starts_with("LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVkt"),
            "base64 of a PEM"
        );
        let path = format!("{others}/{}", id(&made));
        assert_eq!(server.get(&path).await.json()["data"], made);
        assert_eq!(server.get(others).await.json()["data"], json!([made]));
        let past = server.get(&format!("{paths}?limit=1&page=2")).await;
        assert_eq!((past.status.as_u16(), past.json()), (200, json!({"data": []})));
        let gone = server.delete(&path).await;
        assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
        assert_eq!(server.delete(&path).await.refusal(), (404, "not_found".to_owned(), UNKNOWN.to_owned()));
        assert_eq!(server.get(&format!("{paths}/odd")).await.status, 400);
    }
    let reader = server.ask(Who::Reader, Method::POST, system, Value::Null).await;
    assert_eq!(reader.refusal().0, 403);
}

#[tokio::test]
async fn playback_restrictions_change_by_halves() {
    let server = Server::new().await;
    let restrictions = "/mux/video/v1/playback-restrictions";
    let referrer = json!({"allowed_domains": ["*.example.com"], "allow_no_referrer": true});
    let answer = server.post(restrictions, json!({"referrer": referrer})).await;
    assert_eq!(answer.status, 201);
    let made = answer.json()["data"].take();
    let usual = json!({"allow_no_user_agent": true, "allow_high_risk_user_agent": true});
    let expected = json!({"id": made["id"], "created_at": "1607876845", "updated_at": "1607876845",
        "referrer": referrer, "user_agent": usual});
    assert_eq!(made, expected);
    let path = format!("{restrictions}/{}", id(&made));
    assert_eq!(server.get(&path).await.json()["data"], made);
    assert_eq!(server.get(restrictions).await.json()["data"], json!([made]));

    server.clock.advance_ms(2_000);
    let answer = server.put(&format!("{path}/referrer"), json!({"allowed_domains": []})).await;
    assert_eq!(answer.status, 200);
    let changed = answer.json()["data"].take();
    assert_eq!(changed["referrer"], json!({"allowed_domains": [], "allow_no_referrer": false}));
    assert_eq!((&changed["user_agent"], &changed["updated_at"]), (&usual, &json!("1607876847")));
    let strict = json!({"allow_no_user_agent": false, "allow_high_risk_user_agent": false});
    let answer = server.put(&format!("{path}/user_agent"), strict.clone()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["data"]["user_agent"]), (200, &strict));
    assert_eq!(server.get(&path).await.json()["data"]["referrer"], changed["referrer"]);

    let odd = json!({"referrer": {"allowed_domains": ["https://example.com"]}});
    let (code, kind, sentence) = server.post(restrictions, odd).await.refusal();
    assert_eq!((code, kind.as_str()), (400, "invalid_parameters"));
    assert!(sentence.contains("is no domain"), "{sentence}");
    assert_eq!(server.delete(&path).await.status, 204);
    for method in [Method::GET, Method::DELETE] {
        let gone = server.ask(Who::Writer, method, &path, Value::Null).await;
        assert_eq!(gone.refusal(), (404, "not_found".to_owned(), UNKNOWN.to_owned()));
    }
}

#[tokio::test]
async fn signed_ids_are_to_be_had_wherever_a_policy_is_named() {
    let server = Server::new().await;
    let body = json!({"input": "https://example.com/a.mp4", "playback_policy": ["signed"]});
    let made = server.post(ASSETS, body).await.json()["data"].take();
    assert_eq!(made["playback_ids"][0]["policy"], "signed");
    let source = format!("mux://assets/{}", id(&made));
    let clip = json!({"input": source, "advanced_playback_policies": [{"policy": "signed"}]});
    let clip = server.post(ASSETS, clip).await.json()["data"].take();
    assert_eq!(clip["playback_ids"][0]["policy"], "signed");
    let more =
        server.post(&format!("{ASSETS}/{}/playback-ids", id(&made)), json!({"policy": "signed"})).await;
    assert_eq!((more.status.as_u16(), &more.json()["data"]["policy"]), (201, &json!("signed")));
    let settings = json!({"new_asset_settings": {"playback_policies": ["signed"]}});
    let upload = server.post("/mux/video/v1/uploads", settings).await.json()["data"].take();
    assert_eq!(upload["new_asset_settings"]["playback_policies"], json!(["signed"]));
    let licensed = json!({"input": source, "advanced_playback_policies": [{"policy": "drm"}]});
    assert_eq!(server.post(ASSETS, licensed).await.status, 400);
}

#[tokio::test]
async fn refusals_speak_the_vendors_language() {
    let server = Server::new().await;
    let made = asset(&server).await;
    let path = format!("{ASSETS}/{}", id(&made));
    let check = async |who, method: Method, path: &str, expected: (u16, &str)| {
        let refusal = server.ask(who, method, path, Value::Null).await.refusal();
        assert_eq!((refusal.0, refusal.1.as_str()), expected, "{path}");
    };
    check(Who::Nobody, Method::GET, ASSETS, (401, "unauthorized")).await;
    check(Who::Stranger, Method::GET, ASSETS, (401, "unauthorized")).await;
    check(Who::Reader, Method::DELETE, &path, (403, "forbidden")).await;
    check(Who::Writer, Method::GET, "/mux/video/v1/assets/nonsense", (400, "invalid_parameters")).await;
    check(Who::Writer, Method::GET, "/mux/video/v1/assets/%FF", (400, "invalid_parameters")).await;
    check(Who::Writer, Method::GET, "/mux/video/v1/assets?limit=2&limit=x", (400, "invalid_parameters"))
        .await;
    check(Who::Writer, Method::GET, "/mux/video/v1/assets?page=%FF", (400, "invalid_parameters")).await;
    check(Who::Writer, Method::GET, "/mux/video/v1/live-streams", (404, "not_found")).await;
    check(Who::Writer, Method::PUT, ASSETS, (405, "method_not_allowed")).await;
    check(Who::Writer, Method::POST, ASSETS, (400, "invalid_parameters")).await;
    assert_eq!(server.ask(Who::Reader, Method::GET, &path, Value::Null).await.status, 200);
    let whoami = server.get("/mux/system/v1/whoami").await.json();
    assert_eq!(whoami["data"]["access_token_name"], "writer");
}

#[tokio::test]
async fn a_token_without_a_name_goes_by_its_id() {
    let server = Server::new().await;
    let operator = server.app.tokens().operator().await.unwrap();
    let token = server.app.tokens().create(&operator, "", false).await.unwrap();
    let request = Request::get("/mux/system/v1/whoami");
    let request = request.header(header::AUTHORIZATION, basic(&token.id, &token.secret));
    let whoami = server.send(request.body(Body::empty()).unwrap()).await.json();
    assert_eq!(whoami["data"]["access_token_name"], token.id);
}
