//! Languages by their tags (BCP 47): whether a tag is one, what people call it, and which of several is nearest.

/// The tag of captions whose language is still to be found out.
pub const LANGUAGE_AUTO: &str = "auto";
/// The tag of what nobody told the language of.
pub(crate) const UNKNOWN: &str = "und";

/// The languages that media mostly are in: the tag, the codes of three letters that stand for it in media files
/// (ISO 639-2), and what people call it. Others are called by their tag.
const NAMES: [(&str, &str, &str); 61] = [
    ("af", "afr", "Afrikaans"),
    ("ar", "ara", "Arabic"),
    ("az", "aze", "Azerbaijani"),
    ("be", "bel", "Belarusian"),
    ("bg", "bul", "Bulgarian"),
    ("bn", "ben", "Bengali"),
    ("bs", "bos", "Bosnian"),
    ("ca", "cat", "Catalan"),
    ("cs", "ces cze", "Czech"),
    ("cy", "cym wel", "Welsh"),
    ("da", "dan", "Danish"),
    ("de", "deu ger", "German"),
    ("el", "ell gre", "Greek"),
    ("en", "eng", "English"),
    ("es", "spa", "Spanish"),
    ("et", "est", "Estonian"),
    ("eu", "eus baq", "Basque"),
    ("fa", "fas per", "Persian"),
    ("fi", "fin", "Finnish"),
    ("fil", "", "Filipino"),
    ("fr", "fra fre", "French"),
    ("ga", "gle", "Irish"),
    ("gl", "glg", "Galician"),
    ("gu", "guj", "Gujarati"),
    ("he", "heb", "Hebrew"),
    ("hi", "hin", "Hindi"),
    ("hr", "hrv", "Croatian"),
    ("hu", "hun", "Hungarian"),
    ("hy", "hye arm", "Armenian"),
    ("id", "ind", "Indonesian"),
    ("is", "isl ice", "Icelandic"),
    ("it", "ita", "Italian"),
    ("ja", "jpn", "Japanese"),
    ("ka", "kat geo", "Georgian"),
    ("kk", "kaz", "Kazakh"),
    ("ko", "kor", "Korean"),
    ("lt", "lit", "Lithuanian"),
    ("lv", "lav", "Latvian"),
    ("mk", "mkd mac", "Macedonian"),
    ("mr", "mar", "Marathi"),
    ("ms", "msa may", "Malay"),
    ("mt", "mlt", "Maltese"),
    ("nb", "nob", "Norwegian Bokmål"),
    ("nl", "nld dut", "Dutch"),
    ("no", "nor", "Norwegian"),
    ("pl", "pol", "Polish"),
    ("pt", "por", "Portuguese"),
    ("ro", "ron rum", "Romanian"),
    ("ru", "rus", "Russian"),
    ("sk", "slk slo", "Slovak"),
    ("sl", "slv", "Slovenian"),
    ("sq", "sqi alb", "Albanian"),
    ("sr", "srp", "Serbian"),
    ("sv", "swe", "Swedish"),
    ("sw", "swa", "Swahili"),
    ("ta", "tam", "Tamil"),
    ("th", "tha", "Thai"),
    ("tr", "tur", "Turkish"),
    ("uk", "ukr", "Ukrainian"),
    ("vi", "vie", "Vietnamese"),
    ("zh", "zho chi", "Chinese"),
];

/// Whether text is a well-formed language tag (RFC 5646, 2.1), as far as its shape tells: `en`, `pt-BR`, `zh-Hant-TW`.
#[must_use]
pub fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic());
    let rest = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= 35 && is_first && parts.all(rest)
}

/// What people call a language: `English` for `en`, `English (GB)` for `en-GB`.
#[must_use]
pub fn language_name(tag: &str) -> String {
    let (first, rest) = tag.split_once('-').unwrap_or((tag, ""));
    let known = NAMES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(first));
    match known {
        _ if tag == LANGUAGE_AUTO => "Automatic".to_owned(),
        _ if tag == UNKNOWN => "Unknown".to_owned(),
        Some((.., name)) if rest.is_empty() => (*name).to_owned(),
        Some((.., name)) => format!("{name} ({rest})"),
        None => tag.to_owned(),
    }
}

/// A tag with the shortest code that its language has, as tags must be: `en` for `eng`, by which media files go.
pub(crate) fn shortest_tag(tag: &str) -> String {
    let (first, rest) = tag.split_at(tag.find('-').unwrap_or(tag.len()));
    let stands_for = |codes: &str| codes.split(' ').any(|code| code.eq_ignore_ascii_case(first));
    match NAMES.iter().find(|(_, codes, _)| first.len() == 3 && stands_for(codes)) {
        Some((short, ..)) => format!("{short}{rest}"),
        None => tag.to_owned(),
    }
}

/// The place of the tag that is nearest to `wanted`: the same one, or else one that begins as it does, and then the one
/// that says least beyond that. `None` where none is of the same language.
#[must_use]
pub fn nearest_language<'a>(wanted: &str, tags: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let parts = |tag: &str| tag.to_ascii_lowercase().split('-').map(str::to_owned).collect::<Vec<_>>();
    let wanted = parts(wanted);
    let shared = |tag: &[String]| tag.iter().zip(&wanted).take_while(|(one, other)| one == other).count();
    let mut best: Option<(usize, (usize, std::cmp::Reverse<usize>))> = None;
    for (place, tag) in tags.into_iter().enumerate() {
        let tag = parts(tag);
        let fit = (shared(&tag), std::cmp::Reverse(tag.len()));
        if fit.0 > 0 && best.is_none_or(|(_, known)| fit > known) {
            best = Some((place, fit));
        }
    }
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_have_a_shape() {
        for tag in ["en", "pt-BR", "zh-Hant-TW", "sl-rozaj-biske-1994", "und", "fil", "de-CH-1901"] {
            assert!(is_language(tag), "{tag}");
        }
        for other in
            ["", "e", "en_GB", "en-", "-en", "english-languages", "en GB", "é", "toolonglanguage", "e1"]
        {
            assert!(!is_language(other), "{other}");
        }
    }

    #[test]
    fn languages_have_names() {
        for (tag, name) in [
            ("en", "English"),
            ("EN", "English"),
            ("pt-BR", "Portuguese (BR)"),
            ("tlh", "tlh"),
            ("auto", "Automatic"),
            ("und", "Unknown"),
        ] {
            assert_eq!(language_name(tag), name);
        }
    }

    #[test]
    fn tags_are_as_short_as_they_can_be() {
        for (tag, short) in [
            ("eng", "en"),
            ("GER", "de"),
            ("deu-CH", "de-CH"),
            ("en", "en"),
            ("und", "und"),
            ("fil", "fil"),
            ("tlh", "tlh"),
            ("", ""),
        ] {
            assert_eq!(shortest_tag(tag), short);
        }
    }

    #[test]
    fn the_nearest_speaks_the_same_language() {
        let check = |wanted, tags: &[&str], expected| {
            assert_eq!(nearest_language(wanted, tags.iter().copied()), expected, "{wanted} of {tags:?}");
        };
        check("en", &["de", "en"], Some(1));
        check("en", &["en-GB", "en"], Some(1));
        check("en-us", &["en", "en-US"], Some(1));
        check("en-US", &["de", "en-GB", "en"], Some(2));
        check("en-US", &["de", "en-GB"], Some(1));
        check("en", &["en-GB", "en-US"], Some(0));
        check("fr", &["en", "de"], None);
        check("e", &["en"], None);
        check("", &["en"], None);
    }
}
