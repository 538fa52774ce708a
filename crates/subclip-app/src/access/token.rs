//! Playback tokens: JSON Web Tokens (RFC 7519) that a signing key has signed for one playback id.

use std::collections::BTreeMap;

use jsonwebtoken::dangerous::insecure_decode;
use jsonwebtoken::{Validation, decode};
use serde_json::{Map, Value};
use subclip_core::{PlaybackId, RestrictionId, SigningKeyId};

use super::Why;
use super::key::VerifyingKey;

/// No token needs to be longer.
const LONGEST_BYTES: usize = 8 * 1024;
/// How far a signer's clock may be ahead of ours. Nothing is added to when a token expires: its signer chose that.
const AHEAD_MS: i64 = 5_000;
/// No time is later; numbers up to here are exact as floats, too.
const LATEST_S: f64 = 9_007_199_254_740_992.0;

/// What a token that is good says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    /// When it expires, in seconds since 1970.
    pub(super) expires_s: i64,
    /// The restriction it names.
    pub(super) restriction: Option<RestrictionId>,
    /// The rest, by name, as a query would say it.
    pub(super) params: BTreeMap<String, String>,
}

/// The key that a token says it is signed with, in its header or in its payload. Nothing of this is proven yet.
pub(super) fn key_named(token: &str) -> Result<SigningKeyId, Why> {
    if token.len() > LONGEST_BYTES {
        return Err("an oversized token");
    }
    let read = insecure_decode::<Map<String, Value>>(token).map_err(|_| "a malformed token")?;
    if read.header.crit.is_some() {
        return Err("a token with demands that are not known here");
    }
    let inside = match read.claims.get("kid") {
        None | Some(Value::Null) => None,
        Some(kid) => Some(kid.as_str().ok_or("a malformed token")?),
    };
    let named = match (read.header.kid.as_deref(), inside) {
        (Some(outside), Some(inside)) if outside != inside => return Err("a token that names two keys"),
        (outside, inside) => outside.or(inside).ok_or("a token that names no key")?,
    };
    named.parse().map_err(|_| "an unknown key")
}

/// What a token says, if `key` has signed it for this id and audience, and its time has come and is not over.
pub(super) fn check(
    token: &str,
    key: &VerifyingKey,
    id: PlaybackId,
    audience: &str,
    now_ms: i64,
) -> Result<Claims, Why> {
    // Only the signature is checked there: times are by our clock, and the rest is stricter here.
    let mut signature = Validation::new(key.algorithms[0]);
    signature.algorithms = key.algorithms.to_vec();
    signature.required_spec_claims.clear();
    (signature.validate_exp, signature.validate_nbf, signature.validate_aud) = (false, false, false);
    let read = decode::<Map<String, Value>>(token, &key.decoding, &signature);
    let claims = read.map_err(|_| "a token that can't be verified")?.claims;

    let subject = claims.get("sub").and_then(Value::as_str).and_then(|text| text.parse().ok());
    if subject != Some(id) {
        return Err("a token for another id");
    }
    let meant = match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one == audience),
        _ => false,
    };
    if !meant {
        return Err("a token for something else");
    }
    let expires_s = seconds(claims.get("exp").ok_or("a token that never expires")?)?;
    if now_ms >= expires_s.saturating_mul(1000) {
        return Err("an expired token");
    }
    if let Some(begins) = claims.get("nbf").filter(|begins| !begins.is_null())
        && now_ms.saturating_add(AHEAD_MS) < seconds(begins)?.saturating_mul(1000)
    {
        return Err("a token whose time has not come");
    }
    let restriction = match claims.get("playback_restriction_id") {
        None | Some(Value::Null) => None,
        Some(named) => {
            let id = named.as_str().and_then(|text| text.parse().ok());
            Some(id.ok_or("an unknown restriction")?)
        }
    };
    Ok(Claims { expires_s, restriction, params: params(claims) })
}

/// A `NumericDate` (RFC 7519, 2), rounded down.
fn seconds(claim: &Value) -> Result<i64, Why> {
    let seconds = claim.as_f64().filter(|seconds| (0.0..=LATEST_S).contains(seconds));
    seconds.map(|seconds| seconds.floor() as i64).ok_or("a token with a time that is none")
}

/// Claims as a query's words. What is neither text nor a number nor a flag stays what it is, so that whoever looks for
/// that name refuses it instead of doing as if it had not been there.
fn params(claims: Map<String, Value>) -> BTreeMap<String, String> {
    let word = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Number(number) => Some(match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() <= LATEST_S => (whole as i64).to_string(),
            _ => number.to_string(),
        }),
        other => Some(other.to_string()),
    };
    claims.into_iter().filter_map(|(name, value)| Some((name, word(value)?))).collect()
}

#[cfg(test)]
mod tests;
