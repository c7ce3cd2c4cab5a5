//! A query as an expression of FTS5.

use super::query::Term;
use crate::db::{
    fts::token,
    ids::{RoomId, UserId},
};

/// Where to look for the terms.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// In these rooms; anywhere if there are none.
    pub rooms: Vec<RoomId>,
    /// Said by these people; by anybody if there are none.
    pub from: Vec<UserId>,
    pub not_from: Vec<UserId>,
    pub link: Option<bool>,
    /// In the block of this message.
    pub block: Option<i64>,
}

impl Scope {
    /// The single tokens that all messages in question have.
    fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = self.block.map(token::block).into_iter().collect();
        if let [room] = self.rooms[..] {
            anchors.push(token::room(room));
        }
        if let [author] = self.from[..] {
            anchors.push(token::author(author));
        }
        anchors
    }
}

/// How far into words to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// At their beginnings.
    Beginnings,
    /// Inside of them, where the beginnings were not found.
    Insides,
}

/// The expression; none if there is nothing more to find with this reach, or nothing to ask for at all.
pub fn expression(terms: &[Term], scope: &Scope, reach: Reach) -> Option<String> {
    let anchors = scope.anchors();
    let wanted = terms.iter().filter(|term| term.wanted);
    let begin = wanted.clone().map(|term| beginning(term, &anchors));
    let begin: Vec<String> = begin.collect();
    let mut all = match reach {
        Reach::Beginnings => begin.clone(),
        Reach::Insides => wanted.map(|term| inside(term, &anchors)).collect(),
    };
    let mut none: Vec<String> = terms
        .iter()
        .filter(|term| !term.wanted)
        .map(|term| token::among(token::phrase(&term.words), &anchors))
        .collect();
    if reach == Reach::Insides {
        if all == begin {
            return None;
        }
        none.push(and(&begin));
    }
    all.extend(any(scope.rooms.iter().copied().map(token::room)));
    all.extend(any(scope.from.iter().copied().map(token::author)));
    none.extend(any(scope.not_from.iter().copied().map(token::author)));
    match scope.link {
        Some(true) => all.push(token::link()),
        Some(false) => none.push(token::link()),
        None => {}
    }
    if all.is_empty() {
        return None;
    }
    // A phrase among the anchors ends with the block, and with it the whole expression.
    if !all.iter().any(|one| one.starts_with("NEAR")) {
        all.extend(scope.block.map(token::block));
    }
    Some(match none.is_empty() {
        true => and(&all),
        false => format!("({}) NOT ({})", and(&all), none.join(" OR ")),
    })
}

fn beginning(term: &Term, anchors: &[String]) -> String {
    let phrase = match &term.words[..] {
        [word] if !term.exact => token::begins(word),
        words => token::phrase(words),
    };
    token::among(phrase, anchors)
}

/// Of several words without a blank between them, the last may be the beginning of one that stands elsewhere.
fn inside(term: &Term, anchors: &[String]) -> String {
    let among = |phrase: String| token::among(phrase, anchors);
    match &term.words[..] {
        [word] if !term.exact => among(token::inside(word).unwrap_or_else(|| token::begins(word))),
        [first @ .., last] if !term.exact && !last.single => {
            and(&[among(token::phrase(first)), among(token::begins(last))])
        }
        words => among(token::phrase(words)),
    }
}

fn and(all: &[String]) -> String {
    format!("({})", all.join(" AND "))
}

fn any(all: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = all.collect();
    (!all.is_empty()).then(|| format!("({})", all.join(" OR ")))
}
