//! `/v1/webhooks`, `/v1/deliveries`, `/v1/events` and `/mux/system/v1/webhooks`

use http::Method;
use serde_json::{Value, json};

use crate::server::{Server, Who};

const OURS: &str = "/v1/webhooks";
const MUX: &str = "/mux/system/v1/webhooks";

async fn hook(server: &Server) -> Value {
    let made = server.post(OURS, json!({"url": "https://example.com/hook"})).await;
    assert_eq!(made.status, 201);
    made.json()
}

fn path(of: &Value) -> String {
    format!("{OURS}/{}", of["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_webhook_is_made_changed_and_deleted() {
    let server = Server::new().await;
    let mut made = hook(&server).await;
    let secret = made.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_"));
    let shown = server.get(&path(&made)).await.json();
    assert_eq!(shown, made, "and the secret is shown once");
    assert_eq!(
        shown,
        json!({"id": made["id"], "url": "https://example.com/hook", "format": "subclip", "events": null,
            "enabled": true, "disabled_reason": null, "failing_since": null,
            "created_at": "2020-12-13T16:27:25.678Z", "updated_at": "2020-12-13T16:27:25.678Z"})
    );
    assert_eq!(server.get(OURS).await.json(), json!({"data": [shown], "next_cursor": null}));
    let change = json!({"url": "https://example.com/new", "format": "mux", "enabled": false,
        "events": ["asset.ready", "asset.ready", "asset.errored"]});
    let changed = server.patch(&path(&made), change).await.json();
    assert_eq!(
        (&changed["url"], &changed["format"], &changed["enabled"], &changed["events"]),
        (
            &json!("https://example.com/new"),
            &json!("mux"),
            &json!(false),
            &json!(["asset.ready", "asset.errored"])
        )
    );
    let all = server.patch(&path(&made), json!({"events": null})).await.json();
    assert_eq!((&all["events"], &all["url"]), (&Value::Null, &changed["url"]));
    let rotated = server.post(&format!("{}/rotate-secret", path(&made)), Value::Null).await.json();
    assert_ne!(rotated["secret"], secret);
    assert_eq!(server.delete(&path(&made)).await.status, 204);
    assert_eq!(server.get(&path(&made)).await.status, 404);
}

#[tokio::test]
async fn what_happened_is_queued_logged_and_sent_again() {
    let server = Server::new().await;
    let made = hook(&server).await;
    let upload = server.post("/v1/uploads", json!({})).await.json();
    server.clock.advance_ms(1);
    let test = server.post(&format!("{}/test", path(&made)), Value::Null).await;
    assert_eq!((test.status.as_u16(), &test.json()["state"]), (202, &json!("pending")));
    let sent = format!("{}/deliveries", path(&made));
    let page = server.get(&format!("{sent}?limit=1&state=pending")).await.json();
    assert_eq!(page["data"], json!([test.json()]));
    let next = page["next_cursor"].as_str().unwrap();
    let rest = server.get(&format!("{sent}?limit=1&cursor={next}")).await.json();
    assert_eq!((&rest["data"][0]["type"], &rest["next_cursor"]), (&json!("upload.created"), &Value::Null));
    assert_eq!(server.get(&format!("{sent}?state=delivered")).await.json()["data"], json!([]));

    let one = format!("/v1/deliveries/{}", test.json()["id"].as_str().unwrap());
    let mut expected = test.json();
    expected["log"] = json!([]);
    assert_eq!(server.get(&one).await.json(), expected);
    assert_eq!(server.post(&format!("{one}/resend"), Value::Null).await.status, 202);
    server.patch(&path(&made), json!({"enabled": false})).await;
    assert_eq!(server.post(&format!("{one}/resend"), Value::Null).await.refusal().1, "conflict");
    assert_eq!(server.post(&format!("{}/test", path(&made)), Value::Null).await.status, 409);

    let events = server.get("/v1/events").await.json();
    let kinds: Vec<_> = events["data"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(kinds, ["webhook.test", "upload.created"]);
    let mut seen = upload.clone();
    seen["url"] = Value::Null;
    assert_eq!(events["data"][1]["data"], seen);
    let of_upload = format!("/v1/events?type=upload.created&subject_id={}", upload["id"].as_str().unwrap());
    assert_eq!(server.get(&of_upload).await.json()["data"], json!([events["data"][1]]));
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let server = Server::new().await;
    let made = hook(&server).await;
    let refused = async |path: &str, body: Value, words: &str| {
        let refusal = server.post(path, body).await.refusal();
        assert!(refusal.0 == 400 && refusal.2.contains(words), "{refusal:?}");
    };
    refused(OURS, json!({}), "missing field `url`").await;
    refused(OURS, json!({"url": "ftp://example.com"}), "not an http or https URL").await;
    refused(OURS, json!({"url": "https://e.com", "format": "odd"}), "one of subclip, mux").await;
    refused(
        OURS,
        json!({"url": "https://e.com", "events": ["odd"]}),
        "events[0] must be one of asset.created",
    )
    .await;
    refused(OURS, json!({"url": "https://e.com", "events": []}), "at least one kind").await;
    refused(MUX, json!({}), "address must be there").await;
    refused(MUX, json!({"address": 5}), "address must be a string").await;
    refused(MUX, json!({"address": "https://example.com/hook"}), "There is a webhook with this URL").await;
    let twice = server.post(OURS, json!({"url": "https://example.com/hook"})).await;
    assert_eq!(twice.status, 409);
    for bad in ["?state=odd", "?cursor=odd", "?limit=0"] {
        assert_eq!(server.get(&format!("{}/deliveries{bad}", path(&made))).await.status, 400, "{bad}");
    }
    for bad in ["?type=odd", "?subject_id=odd"] {
        assert_eq!(server.get(&format!("/v1/events{bad}")).await.status, 400, "{bad}");
    }
    assert_eq!(server.get("/v1/deliveries/0000000000000000000000").await.status, 404);
    let reader = server.ask(Who::Reader, Method::POST, &format!("{}/test", path(&made)), Value::Null).await;
    assert_eq!(reader.status, 403);
}

#[tokio::test]
async fn mux_has_the_same_webhooks_in_its_words() {
    let server = Server::new().await;
    let ours = hook(&server).await;
    server.clock.advance_ms(1);
    let made = server.post(MUX, json!({"address": "https://example.com/mux"})).await;
    assert_eq!(made.status, 201);
    let mut made = made.json()["data"].take();
    assert!(made.as_object_mut().unwrap().remove("signing_secret").unwrap().is_string());
    let one = format!("{MUX}/{}", made["id"].as_str().unwrap());
    assert_eq!(
        server.get(&one).await.json()["data"],
        json!({"id": made["id"], "address": "https://example.com/mux", "enabled": true,
            "created_at": "2020-12-13T16:27:25.679Z"})
    );
    let listed = server.get(MUX).await.json();
    assert_eq!((&listed["data"][0], &listed["data"][1]["id"]), (&made, &ours["id"]));
    assert_eq!(server.get(&format!("{MUX}?page=2")).await.json(), json!({"data": []}));
    let changed = server.patch(&one, json!({"enabled": false})).await.json()["data"].take();
    assert_eq!((&changed["enabled"], &changed["address"]), (&json!(false), &made["address"]));
    assert_eq!(server.patch(&one, json!({})).await.status, 400);
    assert_eq!(server.get(&format!("{OURS}/{}", made["id"].as_str().unwrap())).await.json()["format"], "mux");
    assert_eq!(server.delete(&one).await.status, 204);
    assert_eq!(server.get(&one).await.status, 404);
}
