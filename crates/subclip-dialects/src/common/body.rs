//! A request's body as JSON, of bounded size.

use std::marker::PhantomData;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use serde_json::{Map, Value};
use subclip_app::App;
use tokio::time::timeout;

use super::{Face, Fault, Refused};

/// The most bytes that a description of anything may have.
const MOST_BYTES: usize = 256 * 1024;

/// How long such a body may take to come.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// The JSON of a request; an empty object when there is no body.
pub(crate) struct Body<F>(pub(crate) Value, PhantomData<fn() -> F>);

impl<F: Face> FromRequest<App> for Body<F> {
    type Rejection = Refused<F>;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(read_json(request).await?, PhantomData))
    }
}

/// The JSON of a request; an empty object when there is no body.
async fn read_json(request: Request) -> Result<Value, Fault> {
    let body = timeout(PATIENCE, axum::body::to_bytes(request.into_body(), MOST_BYTES)).await;
    let bytes = body.map_err(late)?.map_err(|_| Fault::TooLarge)?;
    parse(&bytes)
}

/// What a body is told that is too slow.
pub(super) fn late(_: tokio::time::error::Elapsed) -> Fault {
    Fault::invalid(format!("The body did not come within {} seconds.", PATIENCE.as_secs()))
}

/// Whatever the `Content-Type` says: clients that send none, or a form's, still mean JSON.
fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    let not_json = |error| Fault::invalid(format!("The body is not JSON: {error}."));
    let value = serde_json::from_slice(bytes).map_err(not_json)?;
    if holds_nul(&value) {
        return Err(Fault::invalid(
            "The body holds the character NUL (U+0000), which texts can't be kept with.",
        ));
    }
    Ok(value)
}

/// Not every database keeps such a text.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_json_or_nothing() {
        assert_eq!(parse(b" \n"), Ok(json!({})));
        assert_eq!(parse(br#"{"a": 1}"#), Ok(json!({"a": 1})));
        let fault = parse(b"{\"a\": }").unwrap_err();
        assert_eq!(fault, Fault::invalid("The body is not JSON: expected value at line 1 column 7."));
    }

    #[test]
    fn texts_have_no_nul() {
        for bad in [r#"{"a": "x\u0000"}"#, r#"{"a": [{"b": "\u0000"}]}"#, r#"{"\u0000": 1}"#] {
            let Fault::Invalid(sentences) = parse(bad.as_bytes()).unwrap_err() else { panic!("{bad}") };
            assert!(sentences[0].contains("NUL"), "{bad}");
        }
        assert!(parse(br#"{"a": "\\u0000"}"#).is_ok(), "six characters");
    }

    #[tokio::test]
    async fn a_body_without_end_is_refused() {
        let long = Request::new(axum::body::Body::from(vec![b' '; MOST_BYTES + 1]));
        assert_eq!(read_json(long).await, Err(Fault::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_given_up() {
        let silent = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let body = Request::new(axum::body::Body::from_stream(silent));
        assert_eq!(read_json(body).await, Err(Fault::invalid("The body did not come within 30 seconds.")));
    }
}
