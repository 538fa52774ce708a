//! Signing keys: made or brought, looked at, deleted. What a deleted key signed opens nothing any more.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subclip_core::SigningKeyId;
use subclip_db::{signing_key, workspace};

use crate::access::{KeyAlgorithm, PublicKey, draw};
use crate::app::App;
use crate::aside::aside;
use crate::model::{Caller, Page};
use crate::page::db_page;
use crate::{Error, Result, random};

/// The most that a workspace may have.
const MOST_KEYS: u64 = 100;
/// The longest PEM that is looked at: one of the longest key that is taken has some 800 bytes.
const LONGEST_PEM_BYTES: usize = 8 * 1024;

/// A key, as far as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What tokens call it.
    pub id: SigningKeyId,
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// The public half, as a PEM.
    pub public_key: String,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
}

/// A key that was just drawn: the only time its private half is seen.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSigningKey {
    /// What is kept of it.
    pub key: SigningKey,
    /// The private half: base64 of a PEM.
    pub private_key: String,
}

/// What can be done with signing keys.
pub struct Keys<'a>(pub(crate) &'a App);

impl Keys<'_> {
    /// Draws an RSA key of 2048 bits.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `Invalid` where the workspace has too many; `Busy` where too many are
    /// being drawn.
    pub async fn create(&self, caller: &Caller) -> Result<NewSigningKey> {
        caller.must_write()?;
        // Before a second of work, and again when it is done.
        bounded(signing_key::count(self.0.db(), caller.workspace).await?)?;
        let turn = self.0.gatekeeper().drawing.enter().await?;
        let (private, public) = aside(draw).await??;
        drop(turn);
        let key = self.insert(caller, public).await?;
        Ok(NewSigningKey { key, private_key: STANDARD.encode(private) })
    }

    /// Takes a public key whose private half its owner keeps.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `Invalid` for what is no such key, and where the workspace has too many.
    pub async fn import(&self, caller: &Caller, pem: &str) -> Result<SigningKey> {
        caller.must_write()?;
        if pem.contains("PRIVATE KEY") {
            return Err(Error::invalid(
                "This is a private key: keep it, and send the public one that belongs to it.",
            ));
        }
        let public = Some(pem).filter(|pem| pem.len() <= LONGEST_PEM_BYTES).and_then(PublicKey::read);
        let public = public.ok_or_else(|| {
            Error::invalid("The public key must be a PEM of an RSA key of 2048 to 4096 bits, or of one on P-256 or P-384.")
        })?;
        self.insert(caller, public).await
    }

    async fn insert(&self, caller: &Caller, public: PublicKey) -> Result<SigningKey> {
        let row = signing_key::SigningKey {
            id: SigningKeyId::from_bytes(random::id_bytes()),
            workspace: caller.workspace,
            algorithm: kept(public.algorithm),
            public_key: public.pem,
            created_ms: self.0.now_ms(),
        };
        let tx = self.0.db().begin().await?;
        workspace::hold(&tx, caller.workspace).await?;
        bounded(signing_key::count(&tx, caller.workspace).await?)?;
        signing_key::insert(&tx, &row).await?;
        tx.commit().await?;
        Ok(shown(row))
    }

    /// A page of the workspace's keys, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Vec<SigningKey>> {
        let page = db_page(&page)?;
        let rows = signing_key::list(self.0.db(), caller.workspace, &page).await?;
        Ok(rows.into_iter().map(shown).collect())
    }

    /// A key.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: SigningKeyId) -> Result<SigningKey> {
        let row = signing_key::get(self.0.db(), id).await?.filter(|row| row.workspace == caller.workspace);
        row.map(shown).ok_or_else(not_found)
    }

    /// Deletes a key: what it signed is over, here at once, and within two seconds on other machines.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: SigningKeyId) -> Result<()> {
        caller.must_write()?;
        if !signing_key::delete(self.0.db(), caller.workspace, id).await? {
            return Err(not_found());
        }
        self.0.gatekeeper().forget_key(id).await;
        Ok(())
    }
}

fn bounded(count: u64) -> Result<()> {
    if count < MOST_KEYS {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "There are {MOST_KEYS} signing keys already; delete one that is not used any more."
    )))
}

fn not_found() -> Error {
    Error::not_found("signing key")
}

fn shown(row: signing_key::SigningKey) -> SigningKey {
    let algorithm = match row.algorithm {
        signing_key::Algorithm::Rsa => KeyAlgorithm::Rsa,
        signing_key::Algorithm::P256 => KeyAlgorithm::P256,
        signing_key::Algorithm::P384 => KeyAlgorithm::P384,
    };
    SigningKey { id: row.id, algorithm, public_key: row.public_key, created_ms: row.created_ms }
}

fn kept(algorithm: KeyAlgorithm) -> signing_key::Algorithm {
    match algorithm {
        KeyAlgorithm::Rsa => signing_key::Algorithm::Rsa,
        KeyAlgorithm::P256 => signing_key::Algorithm::P256,
        KeyAlgorithm::P384 => signing_key::Algorithm::P384,
    }
}
