//! Which bytes a request carries, as its `Content-Range` and `Content-Length` say (RFC 9110, 14.4).

use subclip_app::Sent;

/// Reads both headers.
///
/// # Errors
/// A sentence, when they contradict themselves or each other.
pub(super) fn sent(content_range: Option<&str>, length: Option<u64>) -> Result<Sent, String> {
    let Some(text) = content_range else { return Ok(Sent::Whole { length }) };
    let (bytes, total) = parse(text).ok_or_else(|| {
        format!("Content-Range {text:?} is not of the form bytes FIRST-LAST/TOTAL, bytes FIRST-LAST/* or bytes */TOTAL.")
    })?;
    let Some((start, end)) = bytes else { return Ok(Sent::Query { total }) };
    if start > end || total.is_some_and(|total| end >= total) {
        return Err(format!("Content-Range {text:?} names bytes that can't be."));
    }
    let expected = (end - start).saturating_add(1);
    if length.is_some_and(|length| length != expected) {
        return Err(format!(
            "Content-Range {text:?} names {expected} bytes, but Content-Length says otherwise."
        ));
    }
    Ok(Sent::Part { start, end, total })
}

type Bytes = Option<(u64, u64)>;

fn parse(text: &str) -> Option<(Bytes, Option<u64>)> {
    let (unit, rest) = text.trim().split_once(' ')?;
    let (bytes, total) = rest.trim().split_once('/')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let total = if total == "*" { None } else { Some(number(total)?) };
    if bytes == "*" {
        return Some((None, total));
    }
    let (start, end) = bytes.split_once('-')?;
    Some((Some((number(start)?, number(end)?)), total))
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: Option<&str>, length: Option<u64>, expected: Result<&str, &str>) {
        let said = sent(range, length).map(|sent| match sent {
            Sent::Whole { length } => format!("whole {length:?}"),
            Sent::Part { start, end, total } => format!("{start}-{end} of {total:?}"),
            Sent::Query { total } => format!("query {total:?}"),
        });
        match expected {
            Ok(text) => assert_eq!(said.as_deref(), Ok(text), "{range:?} {length:?}"),
            Err(part) => {
                assert!(said.as_ref().is_err_and(|e| e.contains(part)), "{range:?} {length:?}: {said:?}");
            }
        }
    }

    #[test]
    fn reads_what_uploaders_send() {
        check(None, Some(5), Ok("whole Some(5)"));
        check(None, None, Ok("whole None"));
        check(Some("bytes 0-9/20"), Some(10), Ok("0-9 of Some(20)"));
        check(Some("bytes 10-19/*"), None, Ok("10-19 of None"));
        check(Some("Bytes 0-0/1"), Some(1), Ok("0-0 of Some(1)"));
        check(Some("bytes */20"), Some(0), Ok("query Some(20)"));
        check(Some("bytes */*"), Some(0), Ok("query None"));
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for bad in ["", "bytes", "bytes 0-9", "items 0-9/20", "bytes -9/20", "bytes 0-/20", "bytes +1-2/3"] {
            check(Some(bad), None, Err("is not of the form"));
        }
        check(Some("bytes 0-99999999999999999999/*"), None, Err("is not of the form"));
        check(Some("bytes 9-8/20"), None, Err("can't be"));
        check(Some("bytes 0-20/20"), None, Err("can't be"));
        check(Some("bytes 0-9/20"), Some(9), Err("names 10 bytes"));
        check(Some("bytes 0-18446744073709551615/*"), Some(0), Err("Content-Length says otherwise"));
    }
}
