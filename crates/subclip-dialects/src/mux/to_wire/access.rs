//! Signing keys and playback restrictions.

use subclip_app::{NewSigningKey, Restriction, SigningKey};

use super::unix_s;
use crate::mux::wire;

/// A key, whose private half nobody has but its owner.
pub(in crate::mux) fn signing_key(key: &SigningKey) -> wire::SigningKey {
    wire::SigningKey { id: key.id.to_string(), created_at: unix_s(key.created_ms), private_key: None }
}

/// A key that was just drawn.
pub(in crate::mux) fn new_signing_key(new: NewSigningKey) -> wire::SigningKey {
    wire::SigningKey { private_key: Some(new.private_key), ..signing_key(&new.key) }
}

/// A restriction.
pub(in crate::mux) fn restriction(restriction: Restriction) -> wire::PlaybackRestriction {
    let (referrer, user_agent) = (restriction.rules.referrer, restriction.rules.user_agent);
    wire::PlaybackRestriction {
        id: restriction.id.to_string(),
        created_at: unix_s(restriction.created_ms),
        updated_at: unix_s(restriction.updated_ms),
        referrer: wire::ReferrerRules {
            allowed_domains: referrer.allowed_domains,
            allow_no_referrer: referrer.allow_no_referrer,
        },
        user_agent: wire::UserAgentRules {
            allow_no_user_agent: user_agent.allow_no_user_agent,
            allow_high_risk_user_agent: user_agent.allow_high_risk_user_agent,
        },
    }
}
