//! JavaScript's regular expressions (ECMA-262 §22.2).

use fancy_regex::{Regex, RegexBuilder};

/// Steps back one match may take; an expression that needs more does not match.
const STEPS_BACK: usize = 200_000;
/// Bytes one compiled expression may take.
const COMPILED_BYTES: usize = 4 << 20;

#[derive(Debug)]
pub struct Regexp {
    regex: Regex,
    /// `/…/flags`
    pub text: String,
    /// As it was given.
    pub written: String,
}

impl Regexp {
    /// `body` without slashes; `flags` as after the closing slash. An error says what is wrong with it.
    pub fn new(body: &str, flags: &str) -> Result<Regexp, String> {
        if let Some(unknown) = flags.chars().find(|flag| !"dgimsuvy".contains(*flag)) {
            return Err(format!(
                "the flag `{unknown}` of a regular expression is not known"
            ));
        }
        let strict = if flags.contains(['u', 'v']) {
            body.to_owned()
        } else {
            strict(body)
        };
        let translated = jsonschema_regex::to_rust_regex(&strict)
            .map_err(|()| format!("/{body}/ is no regular expression of JavaScript"))?;
        let meant: String = flags.chars().filter(|flag| "ims".contains(*flag)).collect();
        let pattern = match meant.as_str() {
            "" => translated.into_owned(),
            meant => format!("(?{meant}){translated}"),
        };
        let built = RegexBuilder::new(&pattern)
            .backtrack_limit(STEPS_BACK)
            .delegate_size_limit(COMPILED_BYTES)
            .build();
        match built {
            Ok(regex) => Ok(Regexp {
                regex,
                text: format!("/{body}/{flags}"),
                written: body.to_owned(),
            }),
            Err(error) => Err(format!("/{body}/ cannot be used: {error}")),
        }
    }

    /// `/…/flags`, or a bare expression.
    pub fn of_text(text: &str) -> Result<Regexp, String> {
        let slashed = text
            .strip_prefix('/')
            .and_then(|rest| rest.rsplit_once('/'));
        let mut regexp = match slashed {
            Some((body, flags)) if flags.chars().all(|flag| flag.is_ascii_lowercase()) => {
                Regexp::new(body, flags)
            }
            _ => Regexp::new(text, ""),
        }?;
        regexp.written = text.to_owned();
        Ok(regexp)
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }
}

/// What JavaScript lets pass outside of its strict mode (ECMA-262 Annex B.1.2), written strictly: braces that count
/// nothing, and needless backslashes.
fn strict(body: &str) -> String {
    let mut written = String::with_capacity(body.len());
    let (mut rest, mut in_class) = (body, false);
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '\\' => {
                let escaped = after.chars().next().unwrap_or('\\');
                if escaped == '_'
                    || " @#%&=~`'\",;:<>!".contains(escaped)
                    || escaped == '-' && !in_class
                {
                    written.push(escaped);
                } else {
                    written.push('\\');
                    written.push(escaped);
                }
                rest = after.strip_prefix(escaped).unwrap_or(after);
                continue;
            }
            '[' if !in_class => in_class = true,
            '[' => written.push('\\'),
            ']' if in_class => in_class = false,
            ']' => written.push('\\'),
            '{' if !in_class => match counted(after) {
                Some(count) => {
                    written.push('{');
                    written.push_str(&after[..count]);
                    rest = &after[count..];
                    continue;
                }
                None => written.push('\\'),
            },
            '}' if !in_class => written.push('\\'),
            _ => {}
        }
        written.push(character);
        rest = after;
    }
    written
}

/// Bytes of `2}`, `2,}` or `2,3}`.
fn counted(text: &str) -> Option<usize> {
    let end = text.find('}')?;
    let (from, to) = text[..end].split_once(',').unwrap_or((&text[..end], ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!from.is_empty() && digits(from) && digits(to)).then_some(end + 1)
}
