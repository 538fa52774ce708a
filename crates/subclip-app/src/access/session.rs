//! Path signatures: what stands in the URLs of a signed timeline's media, instead of a token. They tell of nobody, so that
//! what is under them can be cached for all who have it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subclip_core::{PlaybackId, RestrictionId, SigningKeyId};
use subtle::ConstantTimeEq;

use crate::excerpt::Excerpt;

/// What a path signature says, beside the one playback id that it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The key that signed the token it was made of; when that is deleted, the session is over.
    pub key: SigningKeyId,
    /// When the token expires, in seconds since 1970.
    pub expires_s: i64,
    /// The restriction that the token named.
    pub restriction: Option<RestrictionId>,
    /// The highest quality that the token opens, by its lines; `None` for all.
    pub most_lines: Option<u32>,
}

impl Session {
    /// How many whole seconds are left of it.
    #[must_use]
    pub fn left_s(&self, now_ms: i64) -> u64 {
        let left_ms = self.expires_s.saturating_mul(1000).saturating_sub(now_ms);
        u64::try_from(left_ms / 1000).unwrap_or(0)
    }

    pub(super) fn expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_s.saturating_mul(1000)
    }
}

/// What stands for no restriction.
const NONE: &str = "-";
/// What is signed begins with this, so that nothing else that is ever signed with the secret can be taken for it.
const CONTEXT: &[u8] = b"subclip path 2\0";

/// Signs paths. The secret stays inside.
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// `{key}.{expiry}.{restriction}.{signature}`, where a token bounds the quality with its lines before the signature:
    /// letters, digits, `-`, `_` and `.`. It opens the part `excerpt` of what the id plays; without it, all.
    pub(super) fn write(&self, id: PlaybackId, excerpt: Option<Excerpt>, session: &Session) -> String {
        let Session { key, expires_s, restriction, most_lines } = *session;
        let named = restriction.map_or_else(|| NONE.to_owned(), |restriction| restriction.to_string());
        let bound = most_lines.map(|lines| format!("{lines}p.")).unwrap_or_default();
        let signed = URL_SAFE_NO_PAD.encode(self.sign(id, excerpt, session));
        format!("{key}.{expires_s}.{named}.{bound}{signed}")
    }

    /// What [`Signer::write`] wrote for this id and this part, to the letter; `None` for anything else.
    pub(super) fn read(&self, id: PlaybackId, excerpt: Option<Excerpt>, text: &str) -> Option<Session> {
        let mut parts = text.split('.');
        let key = parts.next()?.parse().ok()?;
        let expires_s = parts.next()?.parse().ok()?;
        let restriction = match parts.next()? {
            NONE => None,
            named => Some(named.parse().ok()?),
        };
        let most_lines = match (parts.next()?, parts.next()) {
            (_signature, None) => None,
            (bound, Some(_signature)) => Some(bound.strip_suffix('p')?.parse().ok()?),
        };
        let session = Session { key, expires_s, restriction, most_lines };
        // As a whole, so that a signature has one spelling: an id has several, and so has a number.
        let same: bool = self.write(id, excerpt, &session).as_bytes().ct_eq(text.as_bytes()).into();
        same.then_some(session)
    }

    /// All parts have a fixed length, and the one that may be missing is the last, so that no two sessions are the same
    /// bytes.
    fn sign(&self, id: PlaybackId, excerpt: Option<Excerpt>, session: &Session) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(CONTEXT);
        mac.update(&id.bytes());
        mac.update(&session.key.bytes());
        mac.update(&session.expires_s.to_be_bytes());
        mac.update(&[u8::from(session.restriction.is_some())]);
        mac.update(&session.restriction.map_or([0; 16], RestrictionId::bytes));
        // No excerpt is from 0 to 0.
        mac.update(&excerpt.map_or([0; 16], Excerpt::bytes));
        if let Some(lines) = session.most_lines {
            mac.update(&lines.to_be_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: PlaybackId = PlaybackId::from_bytes([7; 16]);

    fn session(restriction: Option<u8>) -> Session {
        Session {
            key: SigningKeyId::from_bytes([1; 16]),
            expires_s: 1_700_000_000,
            restriction: restriction.map(|n| RestrictionId::from_bytes([n; 16])),
            most_lines: None,
        }
    }

    fn bounded(lines: u32) -> Session {
        Session { most_lines: Some(lines), ..session(None) }
    }

    #[test]
    fn what_was_written_reads_back() {
        let signer = Signer::new(&[9; 32]);
        let both = Session { most_lines: Some(480), ..session(Some(5)) };
        for session in [session(None), session(Some(0)), session(Some(5)), bounded(0), bounded(480), both] {
            let text = signer.write(ID, None, &session);
            assert_eq!(signer.read(ID, None, &text), Some(session));
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{text}");
            assert_eq!(signer.read(PlaybackId::from_bytes([8; 16]), None, &text), None, "another id's");
            assert_eq!(Signer::new(&[8; 32]).read(ID, None, &text), None, "another database's");
        }
    }

    #[test]
    fn it_opens_one_part_alone() {
        let signer = Signer::new(&[9; 32]);
        let parts = [None, Some("0-1"), Some("0-2"), Some("1-2")].map(|p| p.map(|p| p.parse().unwrap()));
        for one in parts {
            let text = signer.write(ID, one, &session(None));
            for other in parts {
                let opened = signer.read(ID, other, &text);
                assert_eq!(opened.is_some(), one == other, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn nothing_can_be_altered() {
        let signer = Signer::new(&[9; 32]);
        let text = signer.write(ID, None, &session(Some(5)));
        let parts: Vec<&str> = text.split('.').collect();
        let with = |at: usize, part: &str| {
            let mut altered = parts.clone();
            altered[at] = part;
            altered.join(".")
        };
        let (key, restriction) = (session(None).key, RestrictionId::from_bytes([6; 16]).to_string());
        for altered in [
            with(0, &SigningKeyId::from_bytes([2; 16]).to_string()),
            with(0, &key.hex()),
            with(0, &key.uuid()),
            with(1, "1700000001"),
            with(1, "01700000000"),
            with(1, "+1700000000"),
            with(1, "99999999999999999999"),
            with(1, ""),
            with(2, "-"),
            with(2, ""),
            with(2, &restriction),
            with(3, ""),
            with(3, &parts[3][1..]),
            with(3, &format!("{}A", parts[3])),
            with(3, &format!("{}=", parts[3])),
            with(3, &parts[3].to_lowercase()),
            format!("{text}.x"),
            format!("{text}."),
            parts[..3].join("."),
            String::new(),
            ".".repeat(100),
        ] {
            assert_eq!(signer.read(ID, None, &altered), None, "{altered}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert_eq!(signer.read(ID, None, &altered), None, "{altered}");
        }
        // A bound can be neither raised, nor left out, nor spelt otherwise, nor put where there was none.
        let low = signer.write(ID, None, &bounded(480));
        assert!(low.contains(".-.480p."), "{low}");
        for altered in [
            low.replace(".480p.", ".1080p."),
            low.replace(".480p.", "."),
            low.replace(".480p.", ".."),
            low.replace(".480p.", ".0480p."),
            low.replace(".480p.", ".480."),
            signer.write(ID, None, &session(None)).replace(".-.", ".-.2160p."),
        ] {
            assert_eq!(signer.read(ID, None, &altered), None, "{altered}");
        }
        // No restriction is another thing than one whose number is 0.
        let bare = signer.write(ID, None, &session(None));
        let zero = RestrictionId::from_bytes([0; 16]).to_string();
        assert_eq!(signer.read(ID, None, &bare.replace(".-.", &format!(".{zero}."))), None);
    }

    #[test]
    fn it_ends_with_its_token() {
        let session = session(None);
        let end_ms = 1_700_000_000_000;
        assert!(!session.expired(end_ms - 1) && session.expired(end_ms));
        for (now_ms, left_s) in [(end_ms - 60_000, 60), (end_ms - 1_999, 1), (end_ms - 1, 0), (end_ms + 9, 0)]
        {
            assert_eq!(session.left_s(now_ms), left_s);
        }
        assert_eq!(Session { expires_s: i64::MAX, ..session }.left_s(i64::MAX), 0);
    }
}
