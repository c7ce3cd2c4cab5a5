//! Completion of usernames after an @.

use askama::Template;
use poem::{Request, handler};
use serde::Serialize;

use crate::{
    error::Result,
    messages::{Candidate, Messages},
    rooms::{Action, Member},
    web::{query::lenient_param, reply::Reply, state::State, wants::Wants},
};

/// The options of the completion list.
#[derive(Serialize, Template)]
#[template(path = "messages/mention_options.html")]
struct Candidates {
    people: Vec<Candidate>,
    /// "room" and "here", if the user may use them.
    calls: Vec<&'static str>,
}

/// `GET /rooms/{id}/names?q=`
#[handler]
pub async fn index(
    member: Member,
    wants: Wants,
    req: &Request,
    State(messages): State<Messages>,
) -> Result<Reply> {
    let begin: String = lenient_param(req, "q").unwrap_or_default();
    let begin = begin.trim_start_matches('@').to_owned();
    let mut calls = match member.may(Action::Call) {
        true => vec!["room", "here"],
        false => Vec::new(),
    };
    calls.retain(|word| word.starts_with(&begin.to_lowercase()));
    let people = messages.mention_candidates(&member, begin).await?;
    let candidates = Candidates { people, calls };
    match wants {
        Wants::Fragment => Reply::fragment(&candidates),
        _ => Ok(Reply::json(&candidates)),
    }
}
