//! One text a line. Blank lines, which keep connections alive, pass.

use crate::filter::fault::Fault;
use crate::filter::texts::Texts;

pub struct Lines {
    pub texts: Texts,
}

impl Lines {
    pub fn new(texts: Texts) -> Lines {
        Lines { texts }
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            self.texts.push(line.unwrap_or(piece), out)?;
            if line.is_some() {
                self.texts.end_unless_blank(out)?;
                self.texts.pass_over(1);
                out.push(b'\n');
            }
        }
        Ok(())
    }
}
