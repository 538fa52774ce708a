//! Path signatures: what stands in the URLs of a signed timeline's media, instead of a token. They tell of nobody, so that
//! what is under them can be cached for all who have it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subclip_core::{PlaybackId, RestrictionId, SigningKeyId};
use subtle::ConstantTimeEq;

/// What a path signature says, beside the one playback id that it is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The key that signed the token it was made of; when that is deleted, the session is over.
    pub key: SigningKeyId,
    /// When the token expires, in seconds since 1970.
    pub expires_s: i64,
    /// The restriction that the token named.
    pub restriction: Option<RestrictionId>,
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
const CONTEXT: &[u8] = b"subclip path 1\0";

/// Signs paths. The secret stays inside.
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// `{key}.{expiry}.{restriction}.{signature}`: letters, digits, `-`, `_` and `.`.
    pub(super) fn write(&self, id: PlaybackId, session: &Session) -> String {
        let Session { key, expires_s, restriction } = *session;
        let named = restriction.map_or_else(|| NONE.to_owned(), |restriction| restriction.to_string());
        let signed = URL_SAFE_NO_PAD.encode(self.sign(id, session));
        format!("{key}.{expires_s}.{named}.{signed}")
    }

    /// What [`Signer::write`] wrote for this id, to the letter; `None` for anything else.
    pub(super) fn read(&self, id: PlaybackId, text: &str) -> Option<Session> {
        let mut parts = text.split('.');
        let key = parts.next()?.parse().ok()?;
        let expires_s = parts.next()?.parse().ok()?;
        let restriction = match parts.next()? {
            NONE => None,
            named => Some(named.parse().ok()?),
        };
        let session = Session { key, expires_s, restriction };
        // As a whole, so that a signature has one spelling: an id has several, and so has a number.
        let same: bool = self.write(id, &session).as_bytes().ct_eq(text.as_bytes()).into();
        same.then_some(session)
    }

    /// All parts have a fixed length, so that no two sessions are the same bytes.
    fn sign(&self, id: PlaybackId, session: &Session) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(CONTEXT);
        mac.update(&id.bytes());
        mac.update(&session.key.bytes());
        mac.update(&session.expires_s.to_be_bytes());
        mac.update(&[u8::from(session.restriction.is_some())]);
        mac.update(&session.restriction.map_or([0; 16], RestrictionId::bytes));
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
        }
    }

    #[test]
    fn what_was_written_reads_back() {
        let signer = Signer::new(&[9; 32]);
        for session in [session(None), session(Some(0)), session(Some(5))] {
            let text = signer.write(ID, &session);
            assert_eq!(signer.read(ID, &text), Some(session));
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{text}");
            assert_eq!(signer.read(PlaybackId::from_bytes([8; 16]), &text), None, "another id's");
            assert_eq!(Signer::new(&[8; 32]).read(ID, &text), None, "another database's");
        }
    }

    #[test]
    fn nothing_can_be_altered() {
        let signer = Signer::new(&[9; 32]);
        let text = signer.write(ID, &session(Some(5)));
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
            assert_eq!(signer.read(ID, &altered), None, "{altered}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let altered = String::from_utf8(bytes).unwrap();
            assert_eq!(signer.read(ID, &altered), None, "{altered}");
        }
        // No restriction is another thing than one whose number is 0.
        let bare = signer.write(ID, &session(None));
        let zero = RestrictionId::from_bytes([0; 16]).to_string();
        assert_eq!(signer.read(ID, &bare.replace(".-.", &format!(".{zero}."))), None);
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
