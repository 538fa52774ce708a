//! FFmpeg's filter descriptions, put together from what is wanted.

use super::picture::{Fit, PictureFormat, PictureRequest, Rotation};
use super::strip::Strip;
use crate::plan::{DynamicRange, VideoPlan};

/// How many frames of a strip are shown in a thousand seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tempo {
    pub(super) rate_milli: u32,
}

impl Tempo {
    /// From decoded frames to those that are wanted of a strip, each at its own time and none missing, in square pixels.
    pub(super) fn strip(self, first: u32, count: u32) -> String {
        let (ticks, rate) = (Strip::TIMESCALE, self.rate_milli);
        // Numbers that are left out show the frame before again. A quarter later, each still falls on its number, and
        // the last one's comes before the end; from there on it is shown again.
        format!(
            "select='not(mod(pts,{ticks}))',setpts='(PTS/{ticks}-{first}+0.25)*1000/{rate}/TB',{SQUARE_PIXELS},\
             fps=fps={rate}/1000:start_time=0:round=near:eof_action=pass,\
             tpad=stop={count}:stop_mode=clone,trim=end_frame={count}"
        )
    }
}

/// As wide as it is shown.
const SQUARE_PIXELS: &str = "scale='max(2,trunc(iw*sar/2)*2)':ih,setsar=1";

/// From decoded frames, turned as a player shows them, to what the encoder of the top quality takes.
pub(super) fn normalise(plan: &VideoPlan) -> String {
    let mut filters = Vec::new();
    if plan.deinterlace {
        // One frame for two fields keeps the rate; every frame, since the flags of single ones are not reliable.
        filters.push("bwdif=mode=send_frame:deint=all".to_owned());
    }
    let VideoPlan { width, height, .. } = plan;
    let matrix = if plan.is_rgb { ":out_color_matrix=bt709" } else { "" };
    filters.push(match plan.tone_map {
        // Tone mapping does the rest; scaling first leaves it less to do.
        Some(_) => format!("scale={width}:{height}:flags=bicubic"),
        None => format!("scale={width}:{height}:flags=bicubic:out_range=tv{matrix}"),
    });
    if let Some(range) = plan.tone_map {
        filters.push(tone_map(range));
    }
    filters.push("setsar=1".to_owned());
    filters.push("format=yuv420p".to_owned());
    filters.join(",")
}

/// To linear light, into BT.709's gamut, squeezed by Hable's curve, and back.
fn tone_map(range: DynamicRange) -> String {
    let transfer = match range {
        DynamicRange::Pq => "smpte2084",
        DynamicRange::Hlg => "arib-std-b67",
    };
    format!(
        "zscale=tin={transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,\
         tonemap=tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
    )
}

/// From decoded frames to the one picture.
pub(super) fn picture(request: &PictureRequest) -> String {
    // The last frame not later than the time. All up to it are put at 0 and all after it at one second, of
    // which a rate of one a second keeps the last and the last; the clone at the end stands for the second
    // where nothing follows.
    let mut filters = vec![
        format!("settb=1/{},setpts='if(lte(PTS,{}),0,1/TB)'", request.timescale, request.at_pts),
        "tpad=stop=1:stop_mode=clone,fps=fps=1:start_time=0:round=up".to_owned(),
    ];
    filters.push(SQUARE_PIXELS.to_owned());
    match request.rotation {
        Rotation::None => {}
        Rotation::Quarter => filters.push("transpose=clock".to_owned()),
        Rotation::Half => filters.push("hflip,vflip".to_owned()),
        Rotation::ThreeQuarters => filters.push("transpose=cclock".to_owned()),
    }
    if request.flip_horizontally {
        filters.push("hflip".to_owned());
    }
    if request.flip_vertically {
        filters.push("vflip".to_owned());
    }
    filters.extend(size(request.width, request.height, request.fit));
    filters.push(final_colours(request.format).to_owned());
    filters.join(",")
}

/// To the colours of a file.
pub(super) fn final_colours(format: PictureFormat) -> &'static str {
    match format {
        // Both formats are defined over BT.601.
        PictureFormat::Jpeg => "scale=out_range=pc:out_color_matrix=bt601,format=yuvj420p",
        PictureFormat::Webp => "scale=out_range=tv:out_color_matrix=bt601,format=yuv420p",
        PictureFormat::Png => "format=rgb24",
    }
}

fn size(width: Option<u32>, height: Option<u32>, fit: Fit) -> Option<String> {
    const BEST: &str = "flags=lanczos";
    // Where two pixels share their colour, sizes and places are cut down to even ones.
    const ANY_SIZE: &str = "format=yuv444p";
    Some(match (width, height, fit) {
        (None, None, _) => return None,
        (Some(width), None, _) => format!("scale={width}:-1:{BEST}"),
        (None, Some(height), _) => format!("scale=-1:{height}:{BEST}"),
        (Some(width), Some(height), Fit::Stretch) => format!("scale={width}:{height}:{BEST}"),
        (Some(width), Some(height), Fit::Preserve) => {
            format!("scale={width}:{height}:force_original_aspect_ratio=decrease:{BEST}")
        }
        (Some(width), Some(height), Fit::Crop) => format!(
            "scale={width}:{height}:force_original_aspect_ratio=increase:{BEST},{ANY_SIZE},\
             crop={width}:{height}"
        ),
        (Some(width), Some(height), Fit::Pad) => format!(
            "scale={width}:{height}:force_original_aspect_ratio=decrease:{BEST},{ANY_SIZE},\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black"
        ),
    })
}
