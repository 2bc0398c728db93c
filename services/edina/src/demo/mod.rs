//! The demonstration: a dealership group made from a seed, and a working day played through the real front doors.
