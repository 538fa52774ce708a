//! Bodies about who may play signed ids: keys and restrictions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A new signing key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct NewSigningKey {
    /// The public key, as a PEM, of a pair whose private key you keep: RSA of 2048 to 4096 bits, or on P-256 or P-384.
    /// Left out, an RSA pair is made, and its private key answered once.
    pub(in crate::own) public_key: Option<String>,
}

/// A signing key: what tokens for signed playback ids are checked with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct SigningKey {
    /// A token names it as `kid`, in its header or in its payload.
    pub(in crate::own) id: String,
    /// How tokens can be signed with it.
    #[schema(example = json!(["RS256", "RS384", "RS512"]))]
    pub(in crate::own) algorithms: &'static [&'static str],
    /// The public key, as a PEM.
    pub(in crate::own) public_key: String,
    /// The private key: base64 of a PEM. Only in the answer that makes it; it is kept nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) private_key: Option<String>,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
}

/// A page of signing keys, newest first; empty past the last one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct SigningKeyList {
    pub(in crate::own) data: Vec<SigningKey>,
}

/// A playback restriction, new or changed. A half that is left out of a change stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct NewRestriction {
    pub(in crate::own) referrer: Option<ReferrerRules>,
    pub(in crate::own) user_agent: Option<UserAgentRules>,
}

/// From which pages may be played.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct ReferrerRules {
    /// Hosts of pages, at most 100: `example.com`; `*.example.com` for names one level below, and not itself; `*` for all.
    /// An empty list is none.
    #[schema(example = json!(["example.com", "*.example.com"]), max_items = 100)]
    pub(in crate::own) allowed_domains: Vec<String>,
    /// Whether a request that names no page may play; usually not.
    pub(in crate::own) allow_no_referrer: bool,
}

/// With which programs may be played.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct UserAgentRules {
    /// Whether a program that does not say what it is may play; usually so.
    pub(in crate::own) allow_no_user_agent: bool,
    /// Whether a program that calls itself something that fetches by script, like curl, may play; usually so.
    pub(in crate::own) allow_high_risk_user_agent: bool,
}

impl Default for UserAgentRules {
    fn default() -> Self {
        Self { allow_no_user_agent: true, allow_high_risk_user_agent: true }
    }
}

/// A playback restriction. It holds for tokens that name it as `playback_restriction_id`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Restriction {
    pub(in crate::own) id: String,
    pub(in crate::own) referrer: ReferrerRules,
    pub(in crate::own) user_agent: UserAgentRules,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub(in crate::own) updated_at: String,
}

/// A page of playback restrictions, newest first; empty past the last one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct RestrictionList {
    pub(in crate::own) data: Vec<Restriction>,
}
