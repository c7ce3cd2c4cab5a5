//! What concerns a person in all their rooms: who named them, the threads they follow, what they saved.

pub mod routes;
mod view;
