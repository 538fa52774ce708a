//! Tables of lengths and placements.

use super::*;

#[test]
fn lengths_are_read_and_written() {
    for (text, expected) in [
        ("10%", Ok(Length::Percent(10_000))),
        ("80px", Ok(Length::Pixels(80_000))),
        (" -2.5% ", Ok(Length::Percent(-2500))),
        ("10 %", Ok(Length::Percent(10_000))),
        ("+7px", Ok(Length::Pixels(7000))),
        (".5%", Ok(Length::Percent(500))),
        ("3.14159px", Ok(Length::Pixels(3141))),
        ("0%", Ok(Length::Percent(0))),
        ("80", Err(OverlayError::Length)),
        ("px", Err(OverlayError::Length)),
        ("%", Err(OverlayError::Length)),
        (".%", Err(OverlayError::Length)),
        ("1e3%", Err(OverlayError::Length)),
        ("--1%", Err(OverlayError::Length)),
        ("1 0%", Err(OverlayError::Length)),
        ("9999999999px", Err(OverlayError::Length)),
        ("٣px", Err(OverlayError::Length)),
    ] {
        assert_eq!(text.parse::<Length>(), expected, "{text:?}");
    }
    for text in ["10%", "-2.5%", "80px", "-0.125px", "0%"] {
        assert_eq!(text.parse::<Length>().unwrap().to_string(), text);
    }
}

#[test]
fn lengths_have_bounds() {
    let too_long = |most: &str| OverlayError::TooLong { most: most.into() };
    assert_eq!(Length::side("100%"), Ok(Length::WHOLE));
    assert_eq!(Length::side("100.001%"), Err(too_long("100%")));
    assert_eq!(Length::side("4097px"), Err(too_long("4096px")));
    assert_eq!(Length::side("0px"), Err(OverlayError::TooSmall));
    assert_eq!(Length::side("-1%"), Err(OverlayError::TooSmall));
    assert_eq!(Length::margin("-1000%"), Ok(Length::Percent(-1_000_000)));
    assert_eq!(Length::margin("-1001%"), Err(too_long("1000%")));
    assert_eq!("50%".parse::<Opacity>().unwrap().fraction(), 0.5);
    assert_eq!("101%".parse::<Opacity>(), Err(too_long("100%")));
    assert_eq!("-1%".parse::<Opacity>(), Err(OverlayError::TooSmall));
    assert_eq!("5px".parse::<Opacity>(), Err(OverlayError::Length));
    assert_eq!("33.3%".parse::<Opacity>().unwrap().to_string(), "33.3%");
}

/// What is asked for, as words: vertical and its margin, horizontal and its margin, width, height.
fn placing(words: &str) -> Placing {
    let words: Vec<&str> = words.split_whitespace().collect();
    let [vertical, vertical_margin, horizontal, horizontal_margin, width, height] = words[..] else {
        panic!("six words: {words:?}");
    };
    let align = |word| match word {
        "top" | "left" => Align::Start,
        "middle" | "center" => Align::Centre,
        _ => Align::End,
    };
    let side = |word| if word == "-" { None } else { Some(Length::side(word).unwrap()) };
    Placing {
        vertical: align(vertical),
        vertical_margin: Length::margin(vertical_margin).unwrap(),
        horizontal: align(horizontal),
        horizontal_margin: Length::margin(horizontal_margin).unwrap(),
        width: side(width),
        height: side(height),
        opacity: Opacity::FULL,
    }
}

fn check(canvas: (u32, u32), image: (u32, u32), words: &str, expected: Option<(i32, i32, u32, u32)>) {
    check_pixels(canvas, (1, 1), image, words, expected);
}

fn check_pixels(
    (width, height): (u32, u32),
    pixel_aspect: (u32, u32),
    image: (u32, u32),
    words: &str,
    expected: Option<(i32, i32, u32, u32)>,
) {
    let got = placing(words).on(Canvas { width, height, pixel_aspect }, image).unwrap();
    let got = got.map(|at| (at.x, at.y, at.width, at.height));
    assert_eq!(got, expected, "{image:?} on {width}x{height}: {words}");
}

const HD: (u32, u32) = (1920, 1080);

#[test]
fn an_image_keeps_to_the_edge_it_is_aligned_to() {
    check(HD, (200, 100), "top 0% left 0% - -", Some((0, 0, 200, 100)));
    check(HD, (200, 100), "top 10px left 20px - -", Some((20, 10, 200, 100)));
    check(HD, (200, 100), "bottom 10px right 20px - -", Some((1700, 970, 200, 100)));
    check(HD, (200, 100), "middle 0px center 0px - -", Some((860, 490, 200, 100)));
    check(HD, (200, 100), "middle 10px center -10px - -", Some((850, 500, 200, 100)));
    check(HD, (200, 100), "bottom 5% right 5% - -", Some((1624, 926, 200, 100)));
}

#[test]
fn one_side_follows_the_other() {
    check(HD, (200, 100), "top 0px left 0px 10% -", Some((0, 0, 192, 96)));
    check(HD, (200, 100), "top 0px left 0px - 10%", Some((0, 0, 216, 108)));
    check(HD, (200, 100), "top 0px left 0px 50px 50px", Some((0, 0, 50, 50)));
    check(HD, (1, 4000), "top 0px left 0px - 10%", Some((0, 0, 1, 108)));
}

#[test]
fn pixels_are_those_of_full_hd() {
    check((640, 360), (300, 150), "bottom 30px right 60px - -", Some((520, 300, 100, 50)));
    check((3840, 2160), (300, 150), "bottom 30px right 60px - -", Some((3120, 1800, 600, 300)));
    check((1080, 1920), (300, 150), "bottom 30px right 60px - -", Some((720, 1740, 300, 150)));
    check((360, 640), (300, 150), "top 30px left 60px - -", Some((20, 10, 100, 50)));
    // Wider than 16:9: its width is what fills 1920; narrower: its height fills 1080.
    check((2880, 1080), (200, 100), "top 10px left 10px - -", Some((15, 15, 300, 150)));
    check((720, 540), (200, 100), "top 10px left 10px - -", Some((5, 5, 100, 50)));
    check((540, 540), (200, 100), "top 10px left 10px - -", Some((5, 5, 100, 50)));
}

#[test]
fn negative_margins_lead_off_the_picture() {
    check(HD, (200, 100), "top -50px left -20px - -", Some((-20, -50, 200, 100)));
    check(HD, (200, 100), "bottom -50px right -20px - -", Some((1740, 1030, 200, 100)));
    check(HD, (200, 100), "top -100px left 0px - -", None);
    check(HD, (200, 100), "top 0px right -200px - -", None);
    check(HD, (200, 100), "top 100% left 0px - -", None);
}

#[test]
fn stored_pixels_need_not_be_square() {
    // 720x576 shown as 1024x576: a square image is drawn narrower in stored pixels.
    check_pixels((720, 576), (64, 45), (9, 9), "bottom 0px right 0px 100px 100px", Some((683, 523, 37, 53)));
    check_pixels((720, 576), (64, 45), (9, 9), "top 0% right 10% 10% 10%", Some((576, 0, 72, 58)));
}

#[test]
fn what_is_drawn_has_a_bound() {
    let canvas = Canvas { width: 1920, height: 1080, pixel_aspect: (1, 1) };
    let tall = placing("top 0px left 0px 100% -").on(canvas, (10, 100));
    assert_eq!(tall, Err(OverlayError::TooLarge { width: 1920, height: 19_200 }));
}
