//! `Content-Disposition` of a file that is to be saved (RFC 6266).

use std::fmt::Write as _;

/// Says to save under `file_name`: as it is for everyone who reads RFC 8187, and in ASCII for everyone else.
pub(super) fn disposition(file_name: &str) -> String {
    let plain: String = file_name.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' }).collect();
    let mut text = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    for byte in file_name.bytes() {
        // `attr-char` of RFC 8187 §3.2.1.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_in_any_language_survive() {
        assert_eq!(disposition("Ada - Song.mp3"), "attachment; filename=\"Ada - Song.mp3\"; filename*=UTF-8''Ada%20-%20Song.mp3");
        assert_eq!(disposition("Jóga.mp3"), "attachment; filename=\"J_ga.mp3\"; filename*=UTF-8''J%C3%B3ga.mp3");
    }

    #[test]
    fn no_name_breaks_out_of_the_header() {
        let text = disposition("a\"; x=\"\r\nSet-Cookie: b\\%22.mp3");
        assert!(!text.contains(['\r', '\n', '\\']) && text.matches('"').count() == 2, "{text}");
    }
}
