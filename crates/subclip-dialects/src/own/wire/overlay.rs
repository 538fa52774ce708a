//! Images that lie over pictures, in requests and answers alike.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An image that is burnt into pictures. Lengths are percentages of the picture's side, like `10%`, or pixels, like
/// `80px`, of the picture as it fits into 1920 by 1080, or 1080 by 1920 where it is higher than wide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::own) struct Overlay {
    /// The http or https URL of a PNG or JPEG of at most 4096 by 4096 pixels.
    #[schema(example = "https://example.com/logo.png", max_length = 8192)]
    pub(in crate::own) url: String,
    /// `top` (usually), `middle` or `bottom`.
    #[schema(example = "bottom")]
    pub(in crate::own) vertical_align: Option<String>,
    /// From there to its nearest edge; negative leads off the picture.
    #[schema(example = "5%")]
    pub(in crate::own) vertical_margin: Option<String>,
    /// `left` (usually), `center` or `right`.
    #[schema(example = "right")]
    pub(in crate::own) horizontal_align: Option<String>,
    /// From there to its nearest edge; negative leads off the picture.
    #[schema(example = "5%")]
    pub(in crate::own) horizontal_margin: Option<String>,
    /// How wide it is drawn; without it, as the height has it.
    #[schema(example = "200px")]
    pub(in crate::own) width: Option<String>,
    /// How high it is drawn; without it, as the width has it. Without both, as large as it is.
    pub(in crate::own) height: Option<String>,
    /// How opaque it is drawn; usually `100%`.
    #[schema(example = "80%")]
    pub(in crate::own) opacity: Option<String>,
}
