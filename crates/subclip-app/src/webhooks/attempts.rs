//! The log of attempts, between its rows and the model.

use serde_json::{Map, Value};
use subclip_core::{AttemptId, DeliveryId};
use subclip_db::{Conn, delivery};

use super::Attempt;
use crate::fetch::Posted;
use crate::{Result, random};

/// Attempts of one delivery that are kept, the newest ones. Only who resends by hand makes more.
pub(super) const KEPT: u64 = 50;

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
    let mut headers = Map::new();
    for (name, value) in posted.reply.iter().flat_map(|reply| &reply.headers) {
        let slot = headers.entry(name.clone()).or_insert_with(|| Value::String(String::new()));
        if let Value::String(text) = slot {
            // Of a header that comes several times, as one (RFC 9110, 5.2).
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(value);
        }
    }
    delivery::Attempt {
        id: AttemptId::from_bytes(random::timed_id_bytes(created_ms)),
        delivery,
        url: url.to_owned(),
        created_ms,
        duration_ms: u64::try_from(posted.took.as_millis()).unwrap_or(u64::MAX),
        status: posted.reply.as_ref().map(|reply| reply.status.as_u16()),
        headers: Value::Object(headers),
        body: posted.reply.as_ref().map(|reply| reply.body.clone()).unwrap_or_default(),
        error: why_failed(posted),
    }
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
}
