//! Text to [`Given`].

use super::expression;
use super::tokens::{SyntaxError, Tokens};
use super::{Given, Selector, Step};

/// Characters that end a name without quotes.
const ENDS: &str = ".[]()^~,'\"?*";

/// Parses a whole path.
pub fn parse(text: &str) -> Result<Given, SyntaxError> {
    let mut tokens = Tokens::new(text.trim());
    if !tokens.take("$") {
        return tokens.error("a path begins with `$`, an alias with `#`");
    }
    let mut given = Given {
        steps: Vec::new(),
        parents: 0,
        name: false,
        everything: false,
    };
    while let Some(step) = step(&mut tokens, &mut given)? {
        given.steps.push(step);
    }
    while !tokens.is_at_end() {
        match tokens.take_char() {
            Some('^') if !given.name => given.parents += 1,
            Some('~') if !given.name => given.name = true,
            _ => {
                tokens.at -= 1;
                return tokens.error("expected `.`, `..`, `[`, `^`, `~` or the end; `^` and `~` stand at the end only");
            }
        }
    }
    if given.parents > given.steps.len() {
        return tokens.error("there are more `^` than steps: nothing is above the document");
    }
    Ok(given)
}

fn step(tokens: &mut Tokens<'_>, given: &mut Given) -> Result<Option<Step>, SyntaxError> {
    let start = tokens.at;
    let descendant = tokens.take("..");
    if descendant && ends(tokens) {
        if !given.steps.is_empty() {
            return tokens.error("`..` must be followed by a name, `*` or `[`");
        }
        given.everything = true;
        return Ok(Some(whole(tokens, start, true, vec![Selector::Container])));
    }
    let dotted = descendant || tokens.take(".");
    let selectors = if tokens.take("[") {
        bracketed(tokens)?
    } else if dotted {
        vec![bare(tokens)?]
    } else {
        return Ok(None);
    };
    Ok(Some(whole(tokens, start, descendant, selectors)))
}

fn ends(tokens: &Tokens<'_>) -> bool {
    tokens.is_at_end() || matches!(tokens.peek(), Some('^' | '~'))
}

fn whole(tokens: &Tokens<'_>, start: usize, descendant: bool, selectors: Vec<Selector>) -> Step {
    let text = tokens.text[start..tokens.at].to_owned();
    Step {
        descendant,
        selectors,
        text,
    }
}

/// A name without quotes, or `*`.
fn bare(tokens: &mut Tokens<'_>) -> Result<Selector, SyntaxError> {
    if tokens.take("*") {
        return Ok(Selector::Wildcard);
    }
    let name = tokens.take_while(|c| !ENDS.contains(c) && !c.is_whitespace());
    if name.is_empty() {
        return tokens.error("expected a name or `*`");
    }
    Ok(Selector::Name(name.to_owned()))
}

/// Selectors up to and with the closing bracket.
fn bracketed(tokens: &mut Tokens<'_>) -> Result<Vec<Selector>, SyntaxError> {
    let mut selectors = Vec::new();
    loop {
        tokens.skip_space();
        selectors.push(selector(tokens)?);
        if tokens.take_spaced("]") {
            return Ok(selectors);
        }
        if !tokens.take(",") {
            return tokens.error("expected `,` or `]`");
        }
    }
}

fn selector(tokens: &mut Tokens<'_>) -> Result<Selector, SyntaxError> {
    match tokens.peek() {
        Some('\'' | '"') => tokens.string().map(Selector::Name),
        Some('?') => {
            tokens.take_char();
            let filter = expression::parse(tokens)?;
            Ok(Selector::Filter(Box::new(filter)))
        }
        Some('(') => {
            tokens.error("scripts `(…)` are not run; write a filter `?(…)`, an index or a slice")
        }
        Some('-' | ':' | '0'..='9') => index_or_slice(tokens),
        _ => bare(tokens),
    }
}

fn index_or_slice(tokens: &mut Tokens<'_>) -> Result<Selector, SyntaxError> {
    let before = tokens.at;
    let start = tokens.integer();
    if !tokens.take(":") {
        // Names may begin with a digit: response codes do.
        return match (start, tokens.peek()) {
            (Some(index), Some(',' | ']' | ' ')) => Ok(Selector::Index(index)),
            _ => {
                tokens.at = before;
                bare(tokens)
            }
        };
    }
    let end = tokens.integer();
    let step = if tokens.take(":") {
        tokens.integer().unwrap_or(1)
    } else {
        1
    };
    if step < 1 {
        return tokens.error("the step of a slice is at least 1");
    }
    Ok(Selector::Slice(start, end, step))
}
