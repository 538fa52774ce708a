//! Masters as events show them.

use serde::{Deserialize, Serialize};

use crate::masters::{Master, MasterState};

/// With the secret of its address: whoever is told that it is there is told where.
#[derive(Serialize, Deserialize)]
pub(super) struct MasterThen {
    state: StateThen,
    until_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StateThen {
    Preparing,
    Ready { secret: String },
    Errored { message: String },
}

impl MasterThen {
    pub(super) fn of(master: &Master) -> Self {
        let state = match &master.state {
            MasterState::Preparing => StateThen::Preparing,
            MasterState::Ready { secret } => StateThen::Ready { secret: secret.clone() },
            MasterState::Errored { message } => StateThen::Errored { message: message.clone() },
        };
        Self { state, until_ms: master.until_ms }
    }

    pub(super) fn master(self) -> Master {
        let state = match self.state {
            StateThen::Preparing => MasterState::Preparing,
            StateThen::Ready { secret } => MasterState::Ready { secret },
            StateThen::Errored { message } => MasterState::Errored { message },
        };
        Master { state, until_ms: self.until_ms }
    }
}
