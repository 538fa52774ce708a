//! Finding out what a file holds.

use tokio_util::sync::CancellationToken;

use super::input;
use crate::engine::{Call, Engine, Tool};
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::probe::Probe;
use crate::queue::Priority;

/// All of ffprobe's answer that [`Probe`] is made of: a file may have tags of any length.
const ENTRIES: &str = "format=format_name,start_time,duration\
    :stream=index,codec_type,codec_name,profile,pix_fmt,width,height,sample_aspect_ratio,field_order,avg_frame_rate,\
r_frame_rate,color_transfer,color_primaries,color_space,color_range,bits_per_raw_sample,sample_rate,channels,\
channel_layout,start_time,duration\
    :stream_disposition=default,attached_pic:stream_tags=language:stream_side_data=rotation";

/// Room for more than a thousand streams.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

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
            ["-v", "error", "-show_entries", ENTRIES, "-of", "json"].map(Into::into).into();
        args.extend(input::open(&folder.input(input)));
        let call = Call { folder: Some(folder), ..Call::short(Tool::Ffprobe, args, Priority::Picture) };
        match self.bytes_at_most(MAX_ANSWER_BYTES, call, cancel).await {
            Ok(answer) => Probe::from_json(&answer),
            Err(Error::OutputTooLarge { .. }) => Err(Error::refused(
                "the file has more streams, or longer names of languages, than can be read",
            )),
            Err(error) => Err(error),
        }
    }
}
