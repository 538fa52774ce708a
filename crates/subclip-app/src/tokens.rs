//! Access tokens: the public id and the secret that a caller shows; the secret is kept hashed.

use sha2::{Digest, Sha256};
use subclip_core::WorkspaceId;
use subclip_db::{token, workspace};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::model::Caller;
use crate::{Error, Result, random};

/// A token that was just made: the only time its secret is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The public half.
    pub id: String,
    /// The secret half.
    pub secret: String,
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The public half.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// Whether it may change anything.
    pub may_write: bool,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

/// What can be done with tokens.
pub struct Tokens<'a>(pub(crate) &'a App);

const READ: &str = "read";
const READ_WRITE: &str = "read,write";

impl Tokens<'_> {
    /// Who shows `id` and `secret`, or `None` where they belong to no token or to a revoked one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn authenticate(&self, id: &str, secret: &str) -> Result<Option<Caller>> {
        let Some(token) = token::get(self.0.db(), id).await? else { return Ok(None) };
        let same: bool = token.secret_hash.ct_eq(&hash(secret)).into();
        if !same || token.revoked_ms.is_some() {
            return Ok(None);
        }
        let may_write = token.scopes.split(',').any(|scope| scope == "write");
        Ok(Some(Caller { workspace: token.workspace, may_write }))
    }

    /// Who acts on the machine itself: the owner of the default workspace.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn operator(&self) -> Result<Caller> {
        let id = WorkspaceId::from_bytes(random::id_bytes());
        let workspace = workspace::ensure_default(self.0.db(), id, self.0.now_ms()).await?;
        Ok(Caller { workspace: workspace.id, may_write: true })
    }

    /// Makes a token for the caller's workspace.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write.
    pub async fn create(&self, caller: &Caller, name: &str, may_write: bool) -> Result<NewToken> {
        caller.must_write()?;
        let new = NewToken { id: random::uuid(), secret: random::secret() };
        self.insert(caller, name, &new, may_write).await?;
        Ok(new)
    }

    /// Makes sure that a token with this id and secret exists. One with this id and another secret is left alone.
    ///
    /// # Errors
    /// `Conflict` where the id is taken by a token with another secret.
    pub async fn ensure(&self, id: &str, secret: &str) -> Result<()> {
        let operator = self.operator().await?;
        match token::get(self.0.db(), id).await? {
            None => {
                let new = NewToken { id: id.to_owned(), secret: secret.to_owned() };
                self.insert(&operator, "first token", &new, true).await
            }
            Some(token) if token.secret_hash == hash(secret) => Ok(()),
            Some(_) => Err(Error::conflict(format!("There is a token {id} already, with another secret."))),
        }
    }

    async fn insert(&self, caller: &Caller, name: &str, new: &NewToken, may_write: bool) -> Result<()> {
        let row = token::Token {
            id: new.id.clone(),
            workspace: caller.workspace,
            name: name.to_owned(),
            secret_hash: hash(&new.secret),
            scopes: if may_write { READ_WRITE } else { READ }.to_owned(),
            created_ms: self.0.now_ms(),
            revoked_ms: None,
        };
        Ok(token::insert(self.0.db(), &row).await?)
    }

    /// All tokens of the caller's workspace, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Token>> {
        let rows = token::list(self.0.db(), caller.workspace).await?;
        let shown = |row: token::Token| Token {
            may_write: row.scopes == READ_WRITE,
            id: row.id,
            name: row.name,
            created_ms: row.created_ms,
            revoked_ms: row.revoked_ms,
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Makes a token worth nothing from now on.
    ///
    /// # Errors
    /// `NotFound` where the workspace has no such token, or it was revoked before.
    pub async fn revoke(&self, caller: &Caller, id: &str) -> Result<()> {
        caller.must_write()?;
        if token::revoke(self.0.db(), caller.workspace, id, self.0.now_ms()).await? {
            Ok(())
        } else {
            Err(Error::not_found("token"))
        }
    }
}

impl Caller {
    /// `Forbidden` for a caller that may only read.
    pub(crate) fn must_write(&self) -> Result<()> {
        if self.may_write { Ok(()) } else { Err(Error::forbidden("This access token may only read.")) }
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
