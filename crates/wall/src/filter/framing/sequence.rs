//! JSON text sequences (RFC 7464): a record separator before each text. Nothing between two of them is no text.

use crate::filter::fault::{Fault, FaultKind};
use crate::filter::texts::Texts;

const RECORD_SEPARATOR: u8 = 0x1e;

pub struct Sequence {
    pub texts: Texts,
    begun: bool,
}

impl Sequence {
    pub fn new(texts: Texts) -> Sequence {
        Sequence {
            texts,
            begun: false,
        }
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        for (index, text) in bytes.split(|byte| *byte == RECORD_SEPARATOR).enumerate() {
            if index > 0 {
                self.texts.end_unless_blank(out)?;
                self.texts.pass_over(1);
                self.begun = true;
                out.push(RECORD_SEPARATOR);
            }
            if !self.begun && !text.is_empty() {
                return Err(self.texts.fault(FaultKind::Framing));
            }
            self.texts.push(text, out)?;
        }
        Ok(())
    }
}
