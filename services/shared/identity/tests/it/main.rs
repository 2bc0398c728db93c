//! What callers rely on, through the public interface only; a file per behaviour.

mod names;
mod phones;
mod robustness;
