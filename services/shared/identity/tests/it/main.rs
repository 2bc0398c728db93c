//! What callers rely on, through the public interface only; a file per behaviour.

mod calls;
mod decisions;
mod engine;
mod evidence;
mod families;
mod names;
mod names_of_many_words;
mod phones;
mod reading;
mod robustness;
mod several_in_one;
