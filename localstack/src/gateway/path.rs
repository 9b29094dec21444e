//! The path as API Gateway sees it.

use percent_encoding::percent_decode_str;

/// The decoded path. An encoded `?` ends it, as in API Gateway.
pub(super) fn decode(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    decoded.split_once('?').map_or(&*decoded, |(path, _)| path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(decode("/orders/a%20b+c%252F"), "/orders/a b+c%2F");
    }

    #[test]
    fn an_encoded_question_mark_ends_the_path() {
        assert_eq!(decode("/orders/1%3Fadmin=true"), "/orders/1");
    }
}
