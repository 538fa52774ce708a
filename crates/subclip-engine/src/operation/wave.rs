//! Sound as plain samples, for programs that know no container: 16,000 a second of 16 bits, one channel, in a WAV file.

use tokio_util::sync::CancellationToken;

use super::input;
use crate::engine::{Call, Engine, file_url};
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::queue::Priority;

impl Engine {
    /// Decodes the sound of a file from the start of its timeline on: sound that begins later has silence before it.
    ///
    /// # Errors
    /// [`Error::Refused`] if it can't be decoded; see [`Error`] for the rest.
    pub async fn wave(
        &self,
        folder: &Folder,
        input: &str,
        output: &str,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        check_name(input)?;
        check_name(output)?;
        let output = folder.output(output);
        let mut args: Vec<_> = input::QUIETLY.into_iter().map(Into::into).collect();
        // Else the first sound would be at 0 whenever it is heard.
        args.push("-copyts".into());
        args.extend(input::open(&folder.input(input)));
        args.extend(["-map", "0:a:0", "-af", "aresample=16000:async=1:first_pts=0"].map(Into::into));
        args.extend(["-ac", "1", "-c:a", "pcm_s16le", "-map_metadata", "-1", "-f", "wav"].map(Into::into));
        args.push(file_url(&output));
        let call = Call::long(args, folder, output, Priority::Prefetch);
        self.bytes_at_most(0, call, cancel).await.map(drop)
    }
}
