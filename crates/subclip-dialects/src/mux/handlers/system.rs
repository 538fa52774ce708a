//! `/system/v1/whoami`: a cheap way to see whether a token works.

use axum::extract::State;
use axum::response::Response;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::webhooks::{ENVIRONMENT_NAME, environment_id};
use super::super::wire::WhoAmI;
use super::{Access, found};

/// A token goes by its name, or by its id where it has none or that can't be read.
pub(crate) async fn whoami(State(app): State<App>, who: Access) -> Answer<Response> {
    let token = app.tokens().get(&who.caller, &who.token).await;
    let name = token.ok().map(|token| token.name).filter(|name| !name.is_empty());
    let workspace = who.caller.workspace.hex();
    Ok(found(WhoAmI {
        access_token_name: name.unwrap_or(who.token),
        environment_id: environment_id(who.caller.workspace),
        environment_name: ENVIRONMENT_NAME,
        environment_type: "production",
        organization_id: workspace,
        organization_name: "Subclip",
        permissions: if who.caller.may_write {
            vec!["video:read", "video:write", "system:read", "system:write"]
        } else {
            vec!["video:read", "system:read"]
        },
    }))
}
