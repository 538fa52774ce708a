//! Tokens that are good and, above all, tokens that are not.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use super::*;
use crate::access::PublicKey;

const ID: PlaybackId = PlaybackId::from_bytes([7; 16]);
const KEY: SigningKeyId = SigningKeyId::from_bytes([1; 16]);
const NOW_MS: i64 = 1_700_000_000_500;
const NOW_S: i64 = 1_700_000_000;

const RSA: &str = include_str!("../../../tests/keys/rsa.pem");
const RSA_PUBLIC: &str = include_str!("../../../tests/keys/rsa.pub.pem");
const RSA_OTHER: &str = include_str!("../../../tests/keys/rsa_other.pem");
const P256: &str = include_str!("../../../tests/keys/p256.pem");
const P256_PUBLIC: &str = include_str!("../../../tests/keys/p256.pub.pem");
const P384: &str = include_str!("../../../tests/keys/p384.pem");
const P384_PUBLIC: &str = include_str!("../../../tests/keys/p384.pub.pem");

/// What a PEM is of.
fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(lines).unwrap()
}

fn verifying(public: &str) -> VerifyingKey {
    PublicKey::read(public).unwrap().verifying()
}

/// Claims that are all right, and what is different about them; null takes a claim away.
fn claims(changes: Value) -> Value {
    let mut claims = json!({"sub": ID.to_string(), "aud": "v", "exp": NOW_S + 60, "kid": KEY.to_string()});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn sign(algorithm: Algorithm, private: &str, claims: &Value) -> String {
    let key = match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_der(&der(private)),
        _ => EncodingKey::from_rsa_der(&der(private)),
    };
    encode(&Header::new(algorithm), claims, &key).unwrap()
}

/// A token of any header and signature.
fn forge(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

fn judge(token: &str, public: &str, audience: &str) -> Result<Claims, Why> {
    key_named(token)?;
    check(token, &verifying(public), ID, audience, NOW_MS)
}

#[test]
fn each_key_checks_what_fits_it() {
    let keys = [(RSA_PUBLIC, "RS"), (P256_PUBLIC, "ES256"), (P384_PUBLIC, "ES384")];
    for (private, algorithm, name) in [
        (RSA, Algorithm::RS256, "RS256"),
        (RSA, Algorithm::RS384, "RS384"),
        (RSA, Algorithm::RS512, "RS512"),
        (RSA, Algorithm::PS256, "PS256"),
        (P256, Algorithm::ES256, "ES256"),
        (P384, Algorithm::ES384, "ES384"),
    ] {
        let token = sign(algorithm, private, &claims(json!({})));
        for (public, kind) in keys {
            assert_eq!(judge(&token, public, "v").is_ok(), name.starts_with(kind), "{name} {kind}");
        }
    }
}

#[test]
fn what_is_good_is_read() {
    let changes = json!({"exp": NOW_S as f64 + 60.9, "nbf": NOW_S, "width": 640, "time": 2.5, "flip_v": true, "fit_mode": "crop",
        "height": 360.0, "custom": {"who": "me"}, "odd": [1], "playback_restriction_id": KEY.to_string()});
    let read = judge(&sign(Algorithm::RS256, RSA, &claims(changes)), RSA_PUBLIC, "v").unwrap();
    assert_eq!(read.expires_s, NOW_S + 60);
    assert_eq!(read.restriction, Some(RestrictionId::from_bytes(KEY.bytes())));
    let said = ["width", "time", "flip_v", "fit_mode", "height", "odd", "absent"];
    let said = said.map(|name| read.params.get(name).map(String::as_str));
    assert_eq!(said, [Some("640"), Some("2.5"), Some("true"), Some("crop"), Some("360"), Some("[1]"), None]);
}

#[test]
fn claims_are_what_they_must_be() {
    let other = PlaybackId::from_bytes([8; 16]).to_string();
    for (changes, expected) in [
        (json!({}), Ok(())),
        (json!({"sub": ID.hex()}), Ok(())),
        (json!({"sub": other}), Err("a token for another id")),
        (json!({"sub": null}), Err("a token for another id")),
        (json!({"sub": [ID.to_string()]}), Err("a token that can't be verified")),
        (json!({"sub": ""}), Err("a token for another id")),
        (json!({"aud": ["t", "v"]}), Ok(())),
        (json!({"aud": "t"}), Err("a token for something else")),
        (json!({"aud": "g"}), Err("a token for something else")),
        (json!({"aud": "s"}), Err("a token for something else")),
        (json!({"aud": "d"}), Err("a token for something else")),
        (json!({"aud": "V"}), Err("a token for something else")),
        (json!({"aud": ""}), Err("a token for something else")),
        (json!({"aud": []}), Err("a token for something else")),
        (json!({"aud": null}), Err("a token for something else")),
        (json!({"exp": NOW_S + 1}), Ok(())),
        (json!({"exp": NOW_S}), Err("an expired token")),
        (json!({"exp": NOW_S - 1000}), Err("an expired token")),
        (json!({"exp": 0}), Err("an expired token")),
        (json!({"exp": null}), Err("a token that never expires")),
        (json!({"exp": (NOW_S + 60).to_string()}), Err("a token with a time that is none")),
        (json!({"exp": -1}), Err("a token with a time that is none")),
        (json!({"exp": 1e300}), Err("a token with a time that is none")),
        (json!({"exp": true}), Err("a token with a time that is none")),
        (json!({"exp": 9_007_199_254_740_991_i64}), Ok(())),
        (json!({"nbf": NOW_S + 5}), Ok(())),
        (json!({"nbf": NOW_S + 6}), Err("a token whose time has not come")),
        (json!({"nbf": "soon"}), Err("a token with a time that is none")),
        (json!({"iat": NOW_S + 999, "iss": "anyone"}), Ok(())),
        (json!({"playback_restriction_id": ""}), Err("an unknown restriction")),
        (json!({"playback_restriction_id": 5}), Err("an unknown restriction")),
    ] {
        let token = sign(Algorithm::RS256, RSA, &claims(changes.clone()));
        assert_eq!(judge(&token, RSA_PUBLIC, "v").map(|_| ()), expected, "{changes}");
    }
    let picture = sign(Algorithm::RS256, RSA, &claims(json!({"aud": "t"})));
    assert!(judge(&picture, RSA_PUBLIC, "t").is_ok());
}

#[test]
fn a_key_may_be_named_in_either_place() {
    let named = |outside: Option<&str>, inside: Value| {
        let header = Header { kid: outside.map(str::to_owned), ..Header::new(Algorithm::RS256) };
        let key = EncodingKey::from_rsa_der(&der(RSA));
        key_named(&encode(&header, &claims(json!({"kid": inside})), &key).unwrap())
    };
    let (key, other) = (KEY.to_string(), SigningKeyId::from_bytes([2; 16]).to_string());
    assert_eq!(named(Some(&key), Value::Null), Ok(KEY));
    assert_eq!(named(None, json!(key)), Ok(KEY));
    assert_eq!(named(Some(&key), json!(key)), Ok(KEY));
    assert_eq!(named(Some(&key), json!(other)), Err("a token that names two keys"));
    assert_eq!(named(None, Value::Null), Err("a token that names no key"));
    assert_eq!(named(None, json!(5)), Err("a malformed token"));
    assert_eq!(named(Some("../../etc"), Value::Null), Err("an unknown key"));
    assert_eq!(named(Some(""), Value::Null), Err("an unknown key"));
}

#[test]
fn signatures_are_not_to_be_had_by_tricks() {
    let unsigned = "a token that can't be verified";
    let refused = |token: &str, why: Why| {
        assert_eq!(judge(token, RSA_PUBLIC, "v").unwrap_err(), why, "{token}");
    };
    let good = claims(json!({}));
    // Another key of the same kind.
    refused(&sign(Algorithm::RS256, RSA_OTHER, &good), unsigned);
    // No signature at all, in all its spellings.
    for none in ["none", "None", "NONE", "nOnE"] {
        refused(&forge(&json!({"alg": none}), &good, b""), "a malformed token");
        refused(&forge(&json!({"alg": none}), &good, b"x"), "a malformed token");
    }
    refused(&forge(&json!({"typ": "JWT"}), &good, b""), "a malformed token");
    refused(&forge(&json!({"alg": "RS256"}), &good, b""), unsigned);
    // The public key, which is no secret, as one.
    for (algorithm, name) in
        [(Algorithm::HS256, "HS256"), (Algorithm::HS384, "HS384"), (Algorithm::HS512, "HS512")]
    {
        let secrets =
            [RSA_PUBLIC.as_bytes().to_vec(), RSA_PUBLIC.trim().as_bytes().to_vec(), der(RSA_PUBLIC)];
        for secret in secrets {
            let token = encode(&Header::new(algorithm), &good, &EncodingKey::from_secret(&secret)).unwrap();
            refused(&token, unsigned);
            // The same signature under the name of an algorithm that fits.
            let (_, signature) = token.rsplit_once('.').unwrap();
            let renamed = forge(
                &json!({"alg": "RS256", "was": name}),
                &good,
                &URL_SAFE_NO_PAD.decode(signature).unwrap(),
            );
            refused(&renamed, unsigned);
        }
    }
    // A key that the token brings itself.
    let brought = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "c2VjcmV0"}});
    refused(&forge(&brought, &good, b"x"), unsigned);
    refused(
        &forge(&json!({"alg": "RS256", "crit": ["exp"]}), &good, b"x"),
        "a token with demands that are not known here",
    );
}

#[test]
fn nothing_can_be_altered() {
    let token = sign(Algorithm::RS256, RSA, &claims(json!({"aud": "v", "asset_end_time": 5})));
    let parts: Vec<&str> = token.split('.').collect();
    let mut payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    payload["asset_end_time"] = json!(500);
    let payload = URL_SAFE_NO_PAD.encode(payload.to_string());
    for altered in [
        format!("{}.{payload}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], &parts[2][1..]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}.x"),
        format!("{token}="),
        format!("{token} "),
        String::new(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "x".repeat(LONGEST_BYTES + 1),
    ] {
        assert!(judge(&altered, RSA_PUBLIC, "v").is_err(), "{altered}");
    }
    assert!(judge(&token, RSA_PUBLIC, "v").is_ok());
}
