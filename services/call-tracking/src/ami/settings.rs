//! Where a PBX is and how to sign in there.
