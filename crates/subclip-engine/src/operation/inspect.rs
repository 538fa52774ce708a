//! Finding out what a file holds.

use tokio_util::sync::CancellationToken;

use super::input;
use crate::engine::{Call, Engine, Tool};
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::probe::Probe;
use crate::queue::Priority;

impl Engine {
    /// What the input of this name in the folder holds.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is not media, or of a kind that refers to other files.
    pub async fn probe(
        &self,
        folder: &Folder,
        input: &str,
        cancel: &CancellationToken,
    ) -> Result<Probe, Error> {
        check_name(input)?;
        let mut args: Vec<_> =
            ["-v", "error", "-show_format", "-show_streams", "-of", "json"].map(Into::into).into();
        args.extend(input::open(&folder.input(input)));
        let call = Call { folder: Some(folder), ..Call::short(Tool::Ffprobe, args, Priority::Picture) };
        Probe::from_json(&self.bytes(call, cancel).await?)
    }
}
