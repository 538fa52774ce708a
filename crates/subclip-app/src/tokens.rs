//! Access tokens: the public id and the secret that a caller shows; the secret is kept hashed.

use sha2::{Digest, Sha256};
use subclip_core::WorkspaceId;
use subclip_db::{token, workspace};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::model::{Caller, Page};
use crate::page::{Paging, cursor};
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

/// A page of tokens, the newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPage {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// Where the next page goes on; `None` after the last.
    pub next_cursor: Option<String>,
}

/// What can be done with tokens.
pub struct Tokens<'a>(pub(crate) &'a App);

const READ: &str = "read";
const READ_WRITE: &str = "read,write";
/// Of a token that the settings name. Once it is revoked it stays so: what was forgotten would be made again when the
/// server starts.
const SETTINGS: &str = "read,write,settings";

/// The most tokens of a workspace that are not revoked.
const MOST_LIVE: u64 = 1_000;
/// So many that are revoked are remembered, those that were revoked last.
const MOST_REVOKED: u64 = 1_000;

impl Tokens<'_> {
    /// Who shows `id` and `secret`, or `None` where they belong to no token or to a revoked one.
    ///
    /// # Errors
    /// `Busy` where the token makes too many requests; where the database fails.
    pub async fn authenticate(&self, id: &str, secret: &str) -> Result<Option<Caller>> {
        let Some(token) = token::get(self.0.db(), id).await? else { return Ok(None) };
        let same: bool = token.secret_hash.ct_eq(&hash(secret)).into();
        if !same || token.revoked_ms.is_some() {
            return Ok(None);
        }
        self.0.token_rates().count(id)?;
        Ok(Some(Caller { workspace: token.workspace, may_write: may_write(&token.scopes) }))
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
    /// `Forbidden` for a caller that may not write; `Invalid` where the workspace has too many.
    pub async fn create(&self, caller: &Caller, name: &str, may_write: bool) -> Result<NewToken> {
        caller.must_write()?;
        let new = NewToken { id: random::uuid(), secret: random::secret() };
        let row = self.row(caller, name, &new, if may_write { READ_WRITE } else { READ });
        let tx = self.0.db().begin().await?;
        workspace::hold(&tx, caller.workspace).await?;
        if token::count_live(&tx, caller.workspace).await? >= MOST_LIVE {
            return Err(Error::invalid(format!(
                "There are {MOST_LIVE} access tokens already; revoke one that is not used any more."
            )));
        }
        token::insert(&tx, &row).await?;
        tx.commit().await?;
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
                Ok(token::insert(self.0.db(), &self.row(&operator, "first token", &new, SETTINGS)).await?)
            }
            Some(token) if token.secret_hash == hash(secret) => Ok(()),
            Some(_) => Err(Error::conflict(format!("There is a token {id} already, with another secret."))),
        }
    }

    fn row(&self, caller: &Caller, name: &str, new: &NewToken, scopes: &str) -> token::Token {
        token::Token {
            id: new.id.clone(),
            workspace: caller.workspace,
            name: name.to_owned(),
            secret_hash: hash(&new.secret),
            scopes: scopes.to_owned(),
            created_ms: self.0.now_ms(),
            revoked_ms: None,
        }
    }

    /// A page of the tokens of the caller's workspace, the newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<TokenPage> {
        let after = page.cursor.as_deref().filter(|text| !text.is_empty()).map(cursor).transpose()?;
        let paging = Paging::of(&Page { cursor: None, ..page })?;
        let limit = paging.rows().limit;
        let rows = token::list(self.0.db(), caller.workspace, after.as_ref(), limit).await?;
        let (rows, next_cursor) = paging.shown(rows, token::Token::place);
        Ok(TokenPage { tokens: rows.into_iter().map(shown).collect(), next_cursor })
    }

    /// A token.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: &str) -> Result<Token> {
        let row = token::get(self.0.db(), id).await?.filter(|row| row.workspace == caller.workspace);
        row.map(shown).ok_or_else(not_found)
    }

    /// Makes a token worth nothing from now on. Of those that are revoked, the last thousand are remembered.
    ///
    /// # Errors
    /// `NotFound` where the workspace has no such token, or it was revoked before.
    pub async fn revoke(&self, caller: &Caller, id: &str) -> Result<()> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        if !token::revoke(&tx, caller.workspace, id, self.0.now_ms()).await? {
            return Err(not_found());
        }
        token::forget_revoked(&tx, caller.workspace, MOST_REVOKED, SETTINGS).await?;
        tx.commit().await?;
        self.0.token_rates().forget_idle();
        Ok(())
    }
}

fn shown(row: token::Token) -> Token {
    Token {
        may_write: may_write(&row.scopes),
        id: row.id,
        name: row.name,
        created_ms: row.created_ms,
        revoked_ms: row.revoked_ms,
    }
}

fn may_write(scopes: &str) -> bool {
    scopes.split(',').any(|scope| scope == "write")
}

fn not_found() -> Error {
    Error::not_found("token")
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
