//! Playback restrictions: made, looked at, changed, deleted. They apply where a token names them.

use subclip_core::RestrictionId;
use subclip_core::access::domain;
use subclip_db::{playback_restriction, workspace};

use crate::access::{ReferrerRules, Rules, UserAgentRules};
use crate::app::App;
use crate::model::{Caller, Page};
use crate::page::db_page;
use crate::{Error, Result, random, rows};

/// The most that a workspace may have.
const MOST_RESTRICTIONS: u64 = 100;
/// The most domains that one may name.
const MOST_DOMAINS: usize = 100;

/// A restriction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restriction {
    /// What tokens call it.
    pub id: RestrictionId,
    /// What it asks of viewers.
    pub rules: Rules,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
    /// When it last changed.
    pub updated_ms: i64,
}

/// What can be done with restrictions.
pub struct Restrictions<'a>(pub(crate) &'a App);

impl Restrictions<'_> {
    /// Makes a restriction.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `Invalid` where a domain is none, there are too many of them, or the
    /// workspace has too many restrictions.
    pub async fn create(&self, caller: &Caller, rules: Rules) -> Result<Restriction> {
        caller.must_write()?;
        let rules = checked(rules)?;
        let now_ms = self.0.now_ms();
        let row = row(caller, RestrictionId::from_bytes(random::id_bytes()), &rules, (now_ms, now_ms))?;
        let tx = self.0.db().begin().await?;
        workspace::hold(&tx, caller.workspace).await?;
        if playback_restriction::count(&tx, caller.workspace).await? >= MOST_RESTRICTIONS {
            return Err(Error::invalid(format!(
                "There are {MOST_RESTRICTIONS} playback restrictions already; delete one that is not used any more."
            )));
        }
        playback_restriction::insert(&tx, &row).await?;
        tx.commit().await?;
        restriction(row)
    }

    /// A page of the workspace's restrictions, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Vec<Restriction>> {
        let page = db_page(&page)?;
        let rows = playback_restriction::list(self.0.db(), caller.workspace, &page).await?;
        rows.into_iter().map(restriction).collect()
    }

    /// A restriction.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: RestrictionId) -> Result<Restriction> {
        let row = playback_restriction::get(self.0.db(), id).await?;
        restriction(row.filter(|row| row.workspace == caller.workspace).ok_or_else(not_found)?)
    }

    /// Changes a restriction. It holds from now on, here at once, and within two seconds on other machines.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `NotFound`; `Invalid` as for a new one.
    pub async fn update(
        &self,
        caller: &Caller,
        id: RestrictionId,
        change: impl FnOnce(&mut Rules) + Send,
    ) -> Result<Restriction> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let there = playback_restriction::get(&tx, id).await?;
        let there = there.filter(|row| row.workspace == caller.workspace).ok_or_else(not_found)?;
        let Restriction { mut rules, created_ms, .. } = restriction(there)?;
        change(&mut rules);
        let changed = row(caller, id, &checked(rules)?, (created_ms, self.0.now_ms()))?;
        playback_restriction::update(&tx, &changed).await?;
        tx.commit().await?;
        self.0.gatekeeper().forget_restriction(id).await;
        restriction(changed)
    }

    /// Deletes a restriction: tokens that name it open nothing any more.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: RestrictionId) -> Result<()> {
        caller.must_write()?;
        if !playback_restriction::delete(self.0.db(), caller.workspace, id).await? {
            return Err(not_found());
        }
        self.0.gatekeeper().forget_restriction(id).await;
        Ok(())
    }
}

fn not_found() -> Error {
    Error::not_found("playback restriction")
}

/// The rules with their domains as they are compared, each once.
fn checked(mut rules: Rules) -> Result<Rules> {
    let mut domains: Vec<String> = Vec::new();
    for text in &rules.referrer.allowed_domains {
        let domain = domain(text).ok_or_else(|| {
            let shown: String = text.chars().take(100).collect();
            Error::invalid(format!(
                "allowed_domains: {shown:?} is no domain; write example.com, *.example.com, or * for all."
            ))
        })?;
        if !domains.contains(&domain) {
            domains.push(domain);
        }
        if domains.len() > MOST_DOMAINS {
            return Err(Error::invalid(format!("allowed_domains must be at most {MOST_DOMAINS}.")));
        }
    }
    rules.referrer.allowed_domains = domains;
    Ok(rules)
}

fn row(
    caller: &Caller,
    id: RestrictionId,
    rules: &Rules,
    (created_ms, updated_ms): (i64, i64),
) -> Result<playback_restriction::Restriction> {
    Ok(playback_restriction::Restriction {
        id,
        workspace: caller.workspace,
        allowed_domains: rows::json(&rules.referrer.allowed_domains)?,
        allow_no_referrer: rules.referrer.allow_no_referrer,
        allow_no_user_agent: rules.user_agent.allow_no_user_agent,
        allow_high_risk_user_agent: rules.user_agent.allow_high_risk_user_agent,
        created_ms,
        updated_ms,
    })
}

/// A restriction as its owner sees it.
pub(crate) fn restriction(row: playback_restriction::Restriction) -> Result<Restriction> {
    let referrer = ReferrerRules {
        allowed_domains: rows::parse(&row.allowed_domains)?,
        allow_no_referrer: row.allow_no_referrer,
    };
    let user_agent = UserAgentRules {
        allow_no_user_agent: row.allow_no_user_agent,
        allow_high_risk_user_agent: row.allow_high_risk_user_agent,
    };
    Ok(Restriction {
        id: row.id,
        rules: Rules { referrer, user_agent },
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
    })
}
