//! Playback restrictions.

use serde_json::Value;
use subclip_app::{ReferrerRules, Rules, UserAgentRules};

use crate::common::{Fault, Faults, Fields};

/// `POST /video/v1/playback-restrictions`. A half that is left out is what Mux takes it for.
pub(in crate::mux) fn new_restriction(body: &Value) -> Result<Rules, Fault> {
    let faults = Faults::default();
    let rules = Fields::of_body(body, &faults).map(|fields| Rules {
        referrer: fields.object("referrer").map_or_else(ReferrerRules::default, |half| referrer(&half)),
        user_agent: fields
            .object("user_agent")
            .map_or_else(UserAgentRules::default, |half| user_agent(&half)),
    });
    faults.unless_any(rules).map_err(Fault::Invalid)
}

/// `PUT …/referrer`: the half as a whole.
pub(in crate::mux) fn referrer_rules(body: &Value) -> Result<ReferrerRules, Fault> {
    let faults = Faults::default();
    let rules = Fields::of_body(body, &faults).map(|fields| {
        if fields.value("allowed_domains").is_none() {
            fields.note("allowed_domains", "must be there");
        }
        referrer(&fields)
    });
    faults.unless_any(rules).map_err(Fault::Invalid)
}

/// `PUT …/user_agent`: the half as a whole.
pub(in crate::mux) fn user_agent_rules(body: &Value) -> Result<UserAgentRules, Fault> {
    let faults = Faults::default();
    let rules = Fields::of_body(body, &faults).map(|fields| {
        // What is left out would be allowed: who replaces the half says both.
        for field in ["allow_no_user_agent", "allow_high_risk_user_agent"] {
            if fields.value(field).is_none() {
                fields.note(field, "must be there");
            }
        }
        user_agent(&fields)
    });
    faults.unless_any(rules).map_err(Fault::Invalid)
}

fn referrer(fields: &Fields<'_>) -> ReferrerRules {
    let domains =
        fields.list("allowed_domains").unwrap_or_default().into_iter().filter_map(|(place, item)| {
            let text = item.as_str().map(str::to_owned);
            if text.is_none() {
                fields.faults().note(format!("{place} must be a string."));
            }
            text
        });
    ReferrerRules {
        allowed_domains: domains.collect(),
        allow_no_referrer: fields.flag("allow_no_referrer").unwrap_or(false),
    }
}

fn user_agent(fields: &Fields<'_>) -> UserAgentRules {
    UserAgentRules {
        allow_no_user_agent: fields.flag("allow_no_user_agent").unwrap_or(true),
        allow_high_risk_user_agent: fields.flag("allow_high_risk_user_agent").unwrap_or(true),
    }
}
