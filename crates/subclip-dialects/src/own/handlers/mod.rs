//! One function per endpoint, each beside its description.

pub(super) mod assets;
pub(super) mod clips;
pub(super) mod deliveries;
pub(super) mod events;
pub(super) mod health;
pub(super) mod playback_ids;
pub(super) mod restrictions;
pub(super) mod signing_keys;
pub(super) mod tokens;
pub(super) mod uploads;
pub(super) mod webhooks;

use super::errors::Own;
use crate::common;

type Access = common::Access<Own>;
type Body = common::Body<Own>;
type Path<T> = common::Path<Own, T>;
type Query = common::Query<Own>;
