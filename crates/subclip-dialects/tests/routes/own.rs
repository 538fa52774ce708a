//! `/v1`

use http::Method;
use serde_json::{Value, json};
use subclip_core::{AssetId, PlaybackId};
use subclip_db::playback_id;

use crate::server::{PUBLIC_URL, Server, Who};

#[tokio::test]
async fn an_asset_and_its_clip() {
    let server = Server::new().await;
    let made = server.post("/v1/assets", json!({"url": "https://example.com/a.mp4", "title": "T"})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let playback = made["playback_ids"][0]["id"].as_str().unwrap();
    assert_eq!(made["links"]["hls"], format!("{PUBLIC_URL}/{playback}.m3u8"));
    assert_eq!(
        (&made["status"], &made["created_at"]),
        (&json!("preparing"), &json!("2020-12-13T16:27:25.678Z"))
    );
    let path = format!("/v1/assets/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json(), made);

    let clip = server.post("/v1/clips", json!({"source": made["id"], "start": "0:01.5", "end": 2})).await;
    assert_eq!(clip.status, 201);
    let clip = clip.json();
    assert_eq!((&clip["origin"], &clip["source_asset_id"]), (&json!("clip"), &made["id"]));
    assert_eq!(clip["input"], json!({"start": 1.5, "end": 2.0}));

    let page = server.get("/v1/assets?limit=1").await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    let next = page["next_cursor"].as_str().unwrap();
    let page = server.get(&format!("/v1/assets?limit=1&cursor={next}")).await.json();
    assert_eq!(page["next_cursor"], Value::Null);

    assert_eq!(server.patch(&path, json!({"title": null})).await.json()["title"], Value::Null);
    assert_eq!(server.delete(&path).await.status, 204);
    assert_eq!(server.get(&path).await.status, 404);
}

#[tokio::test]
async fn a_clip_is_played_by_whom_its_source_is() {
    let server = Server::new().await;
    let policies = |asset: &Value| -> Vec<Value> {
        asset["playback_ids"].as_array().unwrap().iter().map(|id| id["policy"].clone()).collect()
    };
    for of_source in [json!([]), json!(["signed"]), json!(["signed", "public"])] {
        let body = json!({"url": "https://example.com/a.mp4", "playback_policies": of_source});
        let source = server.post("/v1/assets", body).await.json();
        let source_path = format!("/v1/assets/{}", source["id"].as_str().unwrap());
        if of_source == json!(["signed"]) {
            // A second id of the same kind says nothing new.
            server.post(&format!("{source_path}/playback-ids"), json!({"policy": "signed"})).await;
        }
        let clip = server.post("/v1/clips", json!({"source": source["id"]})).await;
        assert_eq!(clip.status, 201);
        assert_eq!(json!(policies(&clip.json())), of_source);
        let body = json!({"source": source["id"], "playback_policies": ["public"]});
        let clip = server.post("/v1/clips", body).await.json();
        assert_eq!(policies(&clip), ["public"], "what is said holds");
        let body = json!({"source": source["id"], "playback_policies": []});
        assert_eq!(policies(&server.post("/v1/clips", body).await.json()), [""; 0]);
    }
}

#[tokio::test]
async fn masters_are_asked_for_and_withdrawn() {
    let server = Server::new().await;
    let body = json!({"url": "https://example.com/a.mp4", "master": true});
    let made = server.post("/v1/assets", body).await.json();
    let preparing = json!({"status": "preparing", "url": null, "expires_at": null, "error": null});
    assert_eq!(made["master"], preparing);
    let path = format!("/v1/assets/{}", made["id"].as_str().unwrap());
    let master = format!("{path}/master");
    for _ in 0..2 {
        assert_eq!(server.delete(&master).await.status, 204);
        assert_eq!(server.get(&path).await.json()["master"], Value::Null);
    }
    let given = server.put(&master, Value::Null).await;
    assert_eq!((given.status.as_u16(), &given.json()["master"]), (200, &preparing));
    let other = master.replace(made["id"].as_str().unwrap(), "0000000000000000000000");
    assert_eq!(server.put(&other, Value::Null).await.status, 404);
}

#[tokio::test]
async fn renditions_come_with_an_asset_and_after_it() {
    let server = Server::new().await;
    let body = json!({
        "url": "https://example.com/a.mp4", "rungs": "all", "most_lines": 1440,
        "renditions": [{"type": "highest"}],
    });
    let made = server.post("/v1/assets", body).await.json();
    assert_eq!(made["renditions"][0]["id"].as_str().map(str::len), Some(22));
    assert_eq!((&made["rungs"], &made["most_lines"]), (&json!("all"), &json!(1440)));
    let path = format!("/v1/assets/{}", made["id"].as_str().unwrap());
    let files = format!("{path}/renditions");

    let added = server.post(&files, json!({"type": "480p", "passthrough": "mobile"})).await;
    assert_eq!(added.status, 201);
    let added = added.json();
    assert_eq!(
        (&added["name"], &added["status"], &added["passthrough"], &added["url"]),
        (&json!("480p.mp4"), &json!("preparing"), &json!("mobile"), &Value::Null)
    );
    let twice = server.post(&files, json!({"type": "480p"})).await.refusal();
    assert_eq!((twice.0, twice.1.as_str()), (409, "conflict"));
    assert_eq!(server.post(&files, json!({"type": "low"})).await.refusal().0, 400);
    let listed = server.get(&path).await.json()["renditions"].take();
    assert_eq!(listed, json!([made["renditions"][0], added]));

    let one = format!("{files}/{}", added["id"].as_str().unwrap());
    assert_eq!(server.get(&one).await.json(), added);
    let refused = server.ask(Who::Reader, Method::DELETE, &one, Value::Null).await.refusal();
    assert_eq!((refused.0, refused.1.as_str()), (403, "forbidden"));
    assert_eq!(server.delete(&one).await.status, 204);
    assert_eq!(server.delete(&one).await.status, 404);
    assert_eq!(server.get(&one).await.status, 404);
    assert_eq!(server.get(&path).await.json()["renditions"], made["renditions"]);

    let clip = json!({"source": made["id"], "renditions": [{"type": "audio"}], "rungs": "few"});
    let clip = server.post("/v1/clips", clip).await.json();
    assert_eq!((&clip["rungs"], &clip["renditions"][0]["name"]), (&json!("few"), &json!("audio.m4a")));
    let told = server.get("/v1/events").await.json()["data"].take();
    let of_files = told.as_array().unwrap().iter().filter(|event| event["data"]["name"] == "480p.mp4");
    let kinds: Vec<&str> = of_files.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rendition.deleted", "rendition.created"]);
}

#[tokio::test]
async fn playback_ids_uploads_and_tokens() {
    let server = Server::new().await;
    let made = server
        .post("/v1/assets", json!({"url": "https://example.com/a", "playback_policies": []}))
        .await
        .json();
    assert_eq!(made["links"], Value::Null);
    let ids = format!("/v1/assets/{}/playback-ids", made["id"].as_str().unwrap());
    let playback = server.post(&ids, Value::Null).await.json();
    let one = format!("{ids}/{}", playback["id"].as_str().unwrap());
    let found = server.get(&format!("/v1/playback-ids/{}", playback["id"].as_str().unwrap())).await.json();
    assert_eq!((server.get(&one).await.json(), &found["asset_id"]), (playback, &made["id"]));
    assert_eq!(server.delete(&one).await.status, 204);

    let upload = server.post("/v1/uploads", json!({})).await.json();
    assert_eq!(server.get("/v1/uploads").await.json(), json!({"data": [upload]}));
    let path = format!("/v1/uploads/{}", upload["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json(), upload);
    assert_eq!(server.post(&format!("{path}/cancel"), Value::Null).await.json()["status"], "cancelled");
    assert_eq!(server.post(&format!("{path}/cancel"), Value::Null).await.status, 403);

    let token = server.post("/v1/tokens", json!({"name": "web", "may_write": false})).await;
    assert_eq!(token.status, 201);
    let token = token.json();
    assert!(token["secret"].is_string());
    let listed = async || {
        let tokens = server.get("/v1/tokens").await.json()["data"].take();
        tokens.as_array().unwrap().iter().find(|one| one["id"] == token["id"]).unwrap().clone()
    };
    let shown = listed().await;
    assert_eq!(
        (&shown["name"], &shown["secret"], &shown["revoked_at"]),
        (&json!("web"), &Value::Null, &Value::Null)
    );
    let path = format!("/v1/tokens/{}", token["id"].as_str().unwrap());
    assert_eq!(server.delete(&path).await.status, 204);
    assert!(listed().await["revoked_at"].is_string());
    assert_eq!(server.delete(&path).await.status, 404);
    let page = server.get("/v1/tokens?limit=2").await.json();
    let next = page["next_cursor"].as_str().unwrap();
    let last = server.get(&format!("/v1/tokens?limit=2&cursor={next}")).await.json();
    assert_eq!((page["data"].as_array().unwrap().len(), last["data"].as_array().unwrap().len()), (2, 1));
    assert_eq!(last["next_cursor"], Value::Null);
    assert_eq!(server.get("/v1/tokens?cursor=x").await.status, 400);
}

#[tokio::test]
async fn an_asset_has_a_hundred_playback_ids_at_the_most() {
    let server = Server::new().await;
    let made = server.post("/v1/assets", json!({"url": "https://example.com/a"})).await.json();
    let asset: AssetId = made["id"].as_str().unwrap().parse().unwrap();
    let tx = server.db.begin().await.unwrap();
    for number in 0..98 {
        let id = PlaybackId::from_bytes([number; 16]);
        let row = playback_id::Playback { id, asset, policy: playback_id::Policy::Public, created_ms: 0 };
        playback_id::insert(&tx, &row).await.unwrap();
    }
    tx.commit().await.unwrap();
    let own = format!("/v1/assets/{asset}/playback-ids");
    let mux = format!("/mux/video/v1/assets/{asset}/playback-ids");
    let last = server.post(&own, json!({})).await;
    assert_eq!(last.status, 201);
    let said = "The asset has 100 playback ids already; delete one that is not used any more.";
    let refused = server.post(&own, json!({})).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["messages"]), (400, &json!([said])));
    let (status, kind, message) = server.post(&mux, json!({"policy": "public"})).await.refusal();
    assert_eq!((status, kind.as_str(), message.as_str()), (400, "invalid_parameters", said));
    let shown = server.get(&format!("/v1/assets/{asset}")).await.json();
    assert_eq!(shown["playback_ids"].as_array().unwrap().len(), 100);
    let one = format!("{own}/{}", last.json()["id"].as_str().unwrap());
    assert_eq!(server.delete(&one).await.status, 204);
    assert_eq!(server.post(&mux, json!({"policy": "public"})).await.status, 201);
}

#[tokio::test]
async fn signing_keys_and_restrictions() {
    let server = Server::new().await;
    let made = server.post("/v1/signing-keys", Value::Null).await;
    assert_eq!(made.status, 201);
    let mut made = made.json();
    assert_eq!(made["algorithms"], json!(["RS256", "RS384", "RS512"]));
    assert!(made.as_object_mut().unwrap().remove("private_key").unwrap().is_string());
    server.clock.advance_ms(1);
    let public = include_str!("../../../subclip-app/tests/keys/p256.pub.pem");
    let brought = server.post("/v1/signing-keys", json!({"public_key": public})).await.json();
    assert_eq!((&brought["algorithms"], &brought["public_key"]), (&json!(["ES256"]), &json!(public)));
    assert_eq!(brought["private_key"], Value::Null);
    assert_eq!(server.get("/v1/signing-keys").await.json(), json!({"data": [brought, made]}));
    let path = format!("/v1/signing-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json(), made);
    assert_eq!(server.delete(&path).await.status, 204);
    assert_eq!(server.delete(&path).await.status, 404);
    assert_eq!(server.post("/v1/signing-keys", json!({"public_key": "odd"})).await.refusal().0, 400);

    let restrictions = "/v1/playback-restrictions";
    let referrer = json!({"allowed_domains": ["example.com"], "allow_no_referrer": false});
    let made = server.post(restrictions, json!({"referrer": referrer})).await;
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(made["referrer"], referrer);
    let path = format!("{restrictions}/{}", made["id"].as_str().unwrap());
    assert_eq!(server.get(&path).await.json(), made);
    assert_eq!(server.get(restrictions).await.json(), json!({"data": [made]}));
    let strict = json!({"allow_no_user_agent": false, "allow_high_risk_user_agent": false});
    let changed = server.patch(&path, json!({"user_agent": strict})).await.json();
    assert_eq!((&changed["user_agent"], &changed["referrer"]), (&strict, &referrer));
    assert_eq!(server.delete(&path).await.status, 204);
    assert_eq!(server.get(&path).await.status, 404);

    let body = json!({"url": "https://example.com/a.mp4", "playback_policies": ["signed"]});
    let asset = server.post("/v1/assets", body).await.json();
    assert_eq!((&asset["playback_ids"][0]["policy"], &asset["links"]), (&json!("signed"), &Value::Null));
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let server = Server::new().await;
    let check = async |who, method: Method, path: &str, expected: (u16, &str)| {
        let refusal = server.ask(who, method, path, Value::Null).await.refusal();
        assert_eq!((refusal.0, refusal.1.as_str()), expected, "{path}");
    };
    check(Who::Nobody, Method::GET, "/v1/assets", (401, "unauthorized")).await;
    check(Who::Reader, Method::POST, "/v1/tokens", (403, "forbidden")).await;
    check(Who::Writer, Method::GET, "/v1/assets/nonsense", (400, "invalid")).await;
    check(Who::Writer, Method::GET, "/v1/assets/%FF", (400, "invalid")).await;
    check(Who::Writer, Method::GET, "/v1/assets?limit=2&limit=x", (400, "invalid")).await;
    check(Who::Writer, Method::GET, "/v1/assets?page=%FF", (400, "invalid")).await;
    check(Who::Writer, Method::POST, "/v1/clips", (400, "invalid")).await;
    check(Who::Writer, Method::GET, "/v1/nothing", (404, "not_found")).await;
    check(Who::Writer, Method::GET, "/v1", (404, "not_found")).await;
    check(Who::Writer, Method::GET, "/v1/", (404, "not_found")).await;
    check(Who::Writer, Method::PUT, "/v1/assets", (405, "method_not_allowed")).await;
    let long = json!({"url": "x".repeat(300_000)});
    assert_eq!(server.post("/v1/assets", long).await.status, 413);
}

#[tokio::test]
async fn without_its_database_the_server_is_not_well() {
    let server = Server::new().await;
    let health = async || server.ask(Who::Nobody, Method::GET, "/v1/health", Value::Null).await;
    assert_eq!(health().await.status, 200);
    server.db.clone().close().await.unwrap();
    let health = health().await;
    assert_eq!((health.status.as_u16(), health.json()), (503, json!({"status": "unavailable"})));
}

#[tokio::test]
async fn the_description_is_open_to_all() {
    let server = Server::new().await;
    let health = server.ask(Who::Nobody, Method::GET, "/v1/health", Value::Null).await;
    assert_eq!(health.json(), json!({"status": "ok"}));
    let api = server.ask(Who::Nobody, Method::GET, "/v1/openapi.json", Value::Null).await.json();
    assert_eq!(api["info"]["title"], "Subclip");
    let schemas = &api["components"]["schemas"];
    for new in ["NewAsset", "NewClip", "NewUpload"] {
        for field in ["renditions", "rungs", "most_lines"] {
            assert!(schemas[new]["properties"][field].is_object(), "{new}.{field}");
        }
    }
    let types = schemas["NewRenditionType"]["enum"].as_array().unwrap();
    assert!(types.contains(&json!("highest")) && types.contains(&json!("1080p")), "{types:?}");
    let page = server.ask(Who::Nobody, Method::GET, "/v1/docs", Value::Null).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("x-request-id").is_some());
}
