//! The log of attempts, between its rows and the model.

use serde_json::{Map, Value};
use subclip_core::{AttemptId, DeliveryId};
use subclip_db::{Conn, delivery};

use super::Attempt;
use crate::fetch::Posted;
use crate::{Result, random};

/// Attempts of one delivery that are kept, the newest ones. Only who resends by hand makes more.
pub(super) const KEPT: u64 = 50;

/// Bytes that are kept of what a webhook says that took what it was sent: of the headers, and of the body.
const KEPT_OF_SUCCESS_BYTES: usize = 256;

/// What was tried to deliver something, the oldest attempt first.
pub(super) async fn of(conn: &impl Conn, id: DeliveryId) -> Result<Vec<Attempt>> {
    Ok(delivery::attempts(conn, id).await?.into_iter().map(attempt).collect())
}

fn attempt(row: delivery::Attempt) -> Attempt {
    let headers = match row.headers {
        Value::Object(headers) => headers
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    Attempt {
        id: row.id,
        url: row.url,
        created_ms: row.created_ms,
        duration_ms: row.duration_ms,
        status: row.status,
        headers,
        body: row.body,
        error: row.error,
    }
}

/// The row of an attempt at `url` that began at `created_ms`, and why it failed if it did.
pub(super) fn row(delivery: DeliveryId, url: &str, created_ms: i64, posted: &Posted) -> delivery::Attempt {
    let error = why_failed(posted);
    let most_bytes = if error.is_none() { KEPT_OF_SUCCESS_BYTES } else { usize::MAX };
    let reply = posted.reply.as_ref();
    let body = reply.map(|reply| &reply.body[..reply.body.floor_char_boundary(most_bytes)]);
    delivery::Attempt {
        duration_ms: u64::try_from(posted.took.as_millis()).unwrap_or(u64::MAX),
        status: reply.map(|reply| reply.status.as_u16()),
        headers: reply.map_or_else(|| Value::Object(Map::new()), |reply| headers(&reply.headers, most_bytes)),
        body: body.unwrap_or_default().to_owned(),
        error,
        ..empty(delivery, url, created_ms)
    }
}

/// The row of an attempt for which there was nothing that could be sent.
pub(super) fn unsent(delivery: DeliveryId, url: &str, created_ms: i64, why: &str) -> delivery::Attempt {
    delivery::Attempt { error: Some(why.to_owned()), ..empty(delivery, url, created_ms) }
}

fn empty(delivery: DeliveryId, url: &str, created_ms: i64) -> delivery::Attempt {
    delivery::Attempt {
        id: AttemptId::from_bytes(random::timed_id_bytes(created_ms)),
        delivery,
        url: url.to_owned(),
        created_ms,
        duration_ms: 0,
        status: None,
        headers: Value::Object(Map::new()),
        body: String::new(),
        error: None,
    }
}

/// Headers as an object, the first ones that fit into so many bytes.
fn headers(all: &[(String, String)], most_bytes: usize) -> Value {
    let mut headers = Map::new();
    let mut left_bytes = most_bytes;
    for (name, value) in all {
        let Some(left) = left_bytes.checked_sub(name.len() + value.len()) else { break };
        left_bytes = left;
        let slot = headers.entry(name.clone()).or_insert_with(|| Value::String(String::new()));
        if let Value::String(text) = slot {
            // Of a header that comes several times, as one (RFC 9110, 5.2).
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(value);
        }
    }
    Value::Object(headers)
}

/// Why an attempt failed; `None` where the webhook took what was sent.
fn why_failed(posted: &Posted) -> Option<String> {
    let clause = match (&posted.fault, &posted.reply) {
        (Some(fault), _) => fault.to_string(),
        (None, None) => "there was no answer".to_owned(),
        (None, Some(reply)) if reply.status.is_success() => return None,
        (None, Some(reply)) if reply.status.is_redirection() => {
            let code = reply.status.as_u16();
            format!("the webhook answered {code}, and redirects are not followed; give the URL it leads to")
        }
        (None, Some(reply)) => {
            format!("the webhook answered {}; only 200 to 299 count as taken", reply.status.as_u16())
        }
    };
    Some(crate::error::sentence(&clause))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::*;
    use crate::fetch::{FetchError, Reply};

    #[test]
    fn only_a_whole_2xx_counts() {
        let check = |status: Option<u16>, fault: Option<FetchError>, words: Option<&str>| {
            let reply = status.map(|code| Reply {
                status: StatusCode::from_u16(code).unwrap(),
                headers: vec![("a".into(), "1".into()), ("a".into(), "2".into())],
                body: "b".into(),
            });
            let posted = Posted { reply, fault, took: Duration::from_millis(12) };
            let row = row(DeliveryId::from_bytes([1; 16]), "http://h/", 5, &posted);
            match words {
                None => assert_eq!(row.error, None, "{status:?}"),
                Some(words) => assert!(row.error.as_ref().is_some_and(|e| e.contains(words)), "{row:?}"),
            }
            assert_eq!((row.status, row.duration_ms), (status, 12));
            assert_eq!(attempt(row).headers.len(), usize::from(status.is_some()));
        };
        check(Some(200), None, None);
        check(Some(299), None, None);
        check(Some(302), None, Some("redirects are not followed"));
        check(Some(404), None, Some("answered 404"));
        check(Some(500), None, Some("answered 500"));
        check(None, None, Some("no answer"));
        let broken = || Some(FetchError::Unreachable("the connection broke off (eof)".into()));
        check(Some(200), broken(), Some("The connection broke off"));
        check(None, Some(FetchError::Private("h".into())), Some("private address"));
    }

    #[test]
    fn little_is_kept_of_what_succeeds() {
        let kept = |status: u16| {
            let reply = Reply {
                status: StatusCode::from_u16(status).unwrap(),
                headers: (0..20).map(|n| (format!("x-{n:02}"), "v".repeat(36))).collect(),
                body: "ä".repeat(1000),
            };
            let posted = Posted { reply: Some(reply), fault: None, took: Duration::ZERO };
            let row = row(DeliveryId::from_bytes([1; 16]), "http://h/", 5, &posted);
            (row.headers.as_object().unwrap().len(), row.body.len())
        };
        assert_eq!((kept(200), kept(500)), ((6, 256), (20, 2000)));
    }
}
