//! Probing: what is told of real files, and what is not even opened.

use std::fs;

use subclip_engine::{Error, StreamKind};

use crate::lab::{Lab, turned};

#[tokio::test]
async fn a_phone_video_with_all_that_can_be_in_it() {
    let lab = Lab::new();
    let upright = lab.make(
        "upright.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=30000/1001 -f lavfi -i sine=r=44100 -map 0 -map 1 -t 1 \
         -c:v libx264 -vf setsar=4/3 -pix_fmt yuv420p -color_primaries bt709 -color_trc bt709 \
         -colorspace bt709 -c:a aac -ac 2 -metadata:s:a language=fra",
    );
    let probe = lab.probe(&turned(&lab, &upright, 270).await).await.unwrap();
    assert!(probe.container.contains("mov"), "{}", probe.container);
    assert!((probe.duration_s.unwrap() - 1.0).abs() < 0.1);
    let video = probe.video().unwrap();
    assert_eq!((video.kind, video.codec.as_str()), (StreamKind::Video, "h264"));
    assert_eq!((video.width, video.height, video.bit_depth), (320, 240, 8));
    assert_eq!((video.sample_aspect, video.rotation), (Some((4, 3)), 270));
    assert_eq!(video.display_size(), (240, 427));
    assert_eq!(
        (video.real_frame_rate, video.field_order.as_deref()),
        (Some((30_000, 1001)), Some("progressive"))
    );
    assert_eq!((video.matrix.as_deref(), video.full_range), (Some("bt709"), false));
    let audio = probe.audio().unwrap();
    assert_eq!((audio.codec.as_str(), audio.profile.as_deref()), ("aac", Some("LC")));
    assert_eq!((audio.sample_rate, audio.channels), (44_100, 2));
    assert_eq!(audio.language.as_deref(), Some("fra"));
}

#[tokio::test]
async fn a_cover_is_no_video() {
    let lab = Lab::new();
    let song = lab.make(
        "song.mp3",
        "-f lavfi -i sine=d=1 -f lavfi -i color=s=64x64:d=0.04 -map 0 -map 1 -frames:v 1 -c:v mjpeg -disposition:v attached_pic",
    );
    let probe = lab.probe(&song).await.unwrap();
    assert!(probe.streams.iter().any(|stream| stream.is_attached_picture), "{probe:?}");
    assert!(probe.video().is_none());
    assert_eq!(probe.audio().unwrap().codec, "mp3");
}

/// An answer is kept whole, so what nobody reads is not asked for, and the rest is bounded.
#[tokio::test]
async fn long_tags_are_left_where_they_are() {
    let lab = Lab::new();
    let long = "x".repeat(3 << 20);
    let tagged = |name: &str, tags: &str| {
        let song = lab.make("song.mka", "-f lavfi -i sine=d=1 -c:a aac -metadata:s:a language=fra");
        fs::write(lab.path("tags"), format!(";FFMETADATA1\n{tags}")).unwrap();
        let (song, tags) = (song.display(), lab.path("tags"));
        lab.make(
            name,
            &format!(
                "-i {song} -f ffmetadata -i {} -map 0 -map_metadata 1 -map_metadata:s:a 1:s:0 -c copy",
                tags.display()
            ),
        )
    };
    let song = tagged("long.mka", &format!("COMMENT={long}\n[STREAM]\nlanguage=fra\nLYRICS={long}\n"));
    assert!(fs::metadata(&song).unwrap().len() > 6 << 20);
    let probe = lab.probe(&song).await.unwrap();
    assert_eq!(probe.audio().unwrap().language.as_deref(), Some("fra"));

    let strange = tagged("strange.mka", &format!("[STREAM]\nlanguage={long}\n"));
    let error = lab.probe(&strange).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(error.to_string().contains("names of languages"), "{error}");
}

/// Files that are lists of other files or addresses are not opened, however harmless they look.
#[tokio::test]
async fn lists_of_other_files_are_refused() {
    let lab = Lab::new();
    let secret = lab.make("secret.mp4", "-f lavfi -i testsrc=s=64x64:r=5 -t 1 -c:v libx264");
    let secret = secret.display();
    for (about, content) in [
        ("concat", format!("ffconcat version 1.0\nfile '{secret}'\n")),
        ("HLS", format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")),
        (
            "DASH",
            "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" \
             profiles=\"urn:mpeg:dash:profile:isoff-main:2011\" type=\"static\"></MPD>"
                .to_owned(),
        ),
        (
            "SDP",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"
                .to_owned(),
        ),
    ] {
        let path = lab.path("list");
        fs::write(&path, content).unwrap();
        let error = lab.probe(&path).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{about}: {error}");
        assert_eq!(
            error.to_string(),
            "this kind of file is not accepted: send a video or audio file, such as an MP4",
            "{about}"
        );
    }
}
