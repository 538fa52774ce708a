//! Events as Subclip's own webhooks are told of them: signed as Standard Webhooks says, with `type`, `timestamp` and `data`
//! in the body.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use subclip_app::{Message, Notice, WebhookFormat};
use subclip_core::EventKind;

use super::to_wire;
use super::wire::EventData;
use crate::common::iso8601;

/// Subclip's own format.
#[derive(Debug, Clone, Copy)]
pub struct WebhookWords;

#[derive(Serialize)]
struct Body {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: EventData,
}

impl WebhookFormat for WebhookWords {
    fn name(&self) -> &'static str {
        "subclip"
    }

    fn knows(&self, _: EventKind) -> bool {
        true
    }

    fn message(&self, notice: &Notice<'_>) -> Option<Message> {
        let event = notice.event;
        let body = serde_json::to_vec(&Body {
            kind: event.kind.as_str(),
            timestamp: iso8601(event.created_ms),
            data: to_wire::event_data(&event.about, notice.public_url, notice.file_sizes),
        });
        let body = body.ok()?;
        let (id, now_s) = (event.id.to_string(), notice.now_ms.div_euclid(1000));
        let signer = Webhook::new(notice.secret).ok()?;
        let signature = signer.sign(&id, now_s, &body).ok()?;
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (HEADER_WEBHOOK_ID, id),
            (HEADER_WEBHOOK_TIMESTAMP, now_s.to_string()),
            (HEADER_WEBHOOK_SIGNATURE, signature),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).ok()?);
        }
        Some(Message { headers, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::{check_golden, notices};

    #[test]
    fn bodies_are_as_the_golden_files_say() {
        for (name, event) in notices::events() {
            let message = notices::told(&WebhookWords, &event, 5);
            let body: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
            check_golden(&format!("own/event_{name}.json"), &body);
        }
    }

    #[test]
    fn signatures_verify_and_are_those_of_the_moment() {
        let (_, event) = notices::events().remove(0);
        let message = notices::told(&WebhookWords, &event, 0);
        assert_eq!(message.headers["webhook-id"], event.id.to_string());
        assert_eq!(message.headers["webhook-timestamp"], "1607876999");
        // Who verifies looks at the time too.
        let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
        let fresh = notices::told_at(&WebhookWords, &event, 0, now_ms);
        let verified = |secret: &str| Webhook::new(secret).unwrap().verify(&fresh.body, &fresh.headers);
        assert!(verified(notices::SECRET).is_ok());
        assert!(verified("whsec_d3Jvbmc=").is_err());
        let later = notices::told_at(&WebhookWords, &event, 0, notices::NOW_MS + 1000);
        assert_eq!(later.body, message.body);
        assert_ne!(later.headers["webhook-signature"], message.headers["webhook-signature"]);
    }

    #[test]
    fn the_signature_is_of_these_bytes() {
        // The example of the specification's own libraries.
        let signer = Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b"{\"test\": 2432232314}");
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
