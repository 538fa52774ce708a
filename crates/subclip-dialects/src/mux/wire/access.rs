//! Signing keys and playback restrictions.

use serde::Serialize;

/// A signing key; its private half is there in the answer that makes it, and never again.
#[derive(Debug, Serialize)]
pub(in crate::mux) struct SigningKey {
    pub(in crate::mux) id: String,
    /// Seconds since 1970, as text.
    pub(in crate::mux) created_at: String,
    /// Base64 of a PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::mux) private_key: Option<String>,
}

#[derive(Debug, Serialize)]
pub(in crate::mux) struct PlaybackRestriction {
    pub(in crate::mux) id: String,
    /// Seconds since 1970, as text.
    pub(in crate::mux) created_at: String,
    /// The same.
    pub(in crate::mux) updated_at: String,
    pub(in crate::mux) referrer: ReferrerRules,
    pub(in crate::mux) user_agent: UserAgentRules,
}

#[derive(Debug, Serialize)]
pub(in crate::mux) struct ReferrerRules {
    pub(in crate::mux) allowed_domains: Vec<String>,
    pub(in crate::mux) allow_no_referrer: bool,
}

#[derive(Debug, Serialize)]
pub(in crate::mux) struct UserAgentRules {
    pub(in crate::mux) allow_no_user_agent: bool,
    pub(in crate::mux) allow_high_risk_user_agent: bool,
}
